#include "jit/llvm_backend/pipeline.h"

#include <llvm/Passes/PassBuilder.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/ADCE.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/GVN.h>
#include <llvm/Transforms/Scalar/LICM.h>
#include <llvm/Transforms/Scalar/LoopPassManager.h>
#include <llvm/Transforms/Scalar/LoopRotation.h>
#include <llvm/Transforms/Scalar/SROA.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>

namespace kiln::llvm_backend {
namespace {

llvm::FunctionPassManager passes(unsigned level) {
    llvm::FunctionPassManager manager;
    manager.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
    // While the loops are as the guest has them: what is found out later lies in front of them.
    manager.addPass(llvm::createFunctionToLoopPassAdaptor(llvm::LoopRotatePass()));
    manager.addPass(llvm::EarlyCSEPass(true));
    manager.addPass(llvm::SimplifyCFGPass());
    manager.addPass(llvm::InstCombinePass());
    if (level >= 3) {
        manager.addPass(llvm::createFunctionToLoopPassAdaptor(llvm::LICMPass(llvm::LICMOptions()),
                                                              /*UseMemorySSA=*/true));
        manager.addPass(llvm::GVNPass());
        manager.addPass(llvm::InstCombinePass());
    }
    manager.addPass(llvm::ADCEPass());
    manager.addPass(llvm::SimplifyCFGPass());
    return manager;
}

}  // namespace

void optimize(llvm::Module& module, llvm::TargetMachine& target, unsigned level) {
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager groups;
    llvm::ModuleAnalysisManager modules;
    llvm::PassBuilder builder(&target);
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(groups);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, groups, modules);
    llvm::ModulePassManager manager;
    manager.addPass(llvm::createModuleToFunctionPassAdaptor(passes(level)));
    manager.run(module, modules);
}

}  // namespace kiln::llvm_backend
