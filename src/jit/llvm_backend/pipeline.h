// Which of LLVM's passes run over a region.
#pragma once

#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

namespace kiln::llvm_backend {

// `level`: 2 for what takes little time, 3 for what is worth much.
void optimize(llvm::Module& module, llvm::TargetMachine& target, unsigned level);

}  // namespace kiln::llvm_backend
