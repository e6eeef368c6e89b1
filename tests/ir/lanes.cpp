#include "ir/lanes.h"

#include "cpu/riscv/guest.h"
#include "ir/evaluator.h"
#include "ir/native_lane.h"
#include "jit/ir/passes.h"
#include "jit/ir/verifier.h"

namespace kiln::ir_test {
namespace {

void run_evaluator(const ir::Block& block, riscv::Hart& hart) {
    if (block.address == ir::Type::kI32) {
        evaluate<riscv::Rv32>(block, hart);
    } else {
        evaluate<riscv::Rv64>(block, hart);
    }
}

}  // namespace

const std::vector<Engine>& engines() {
    static const std::vector<Engine> all = {
        {"evaluator", run_evaluator},
#ifdef KILN_ASMJIT
        {"asmjit", run_asmjit},
        {"asmjit, baseline", run_asmjit_baseline},
#endif
#ifdef KILN_LLVM
        {"llvm", run_llvm, true},
#endif
    };
    return all;
}

const Preparation& unoptimised() {
    static const Preparation preparation = {"unoptimised", {}};
    return preparation;
}
const Preparation& optimised() {
    static const Preparation preparation = {"optimised", {ir::optimize}};
    return preparation;
}
const std::vector<Preparation>& preparations() {
    static const std::vector<Preparation> all = [] {
        std::vector<Preparation> list = {unoptimised(), optimised()};
        for (const ir::Pass& pass : ir::kPasses)
            list.push_back({std::string(pass.name), {pass.run}});
        list.push_back({"optimised twice", {ir::optimize, ir::optimize}});
        return list;
    }();
    return all;
}

void prepare(ir::Block& block, const Preparation& preparation) {
    ir::verify(block);
    for (auto* pass : preparation.passes) {
        pass(block);
        ir::verify(block);
    }
}

}  // namespace kiln::ir_test
