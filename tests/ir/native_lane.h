// The JIT backends as engines that run a single block.
#pragma once

#include "cpu/riscv/hart.h"
#include "jit/ir/block.h"

namespace kiln::ir_test {

// Where the interpreter would have to finish an instruction (a device, a store into code), the
// evaluator runs the block instead. Code that leaves for less is an error: std::runtime_error.

// Compiles for this host, and for one with nothing beyond the x86-64 baseline.
void run_asmjit(const ir::Block& block, riscv::Hart& hart);
void run_asmjit_baseline(const ir::Block& block, riscv::Hart& hart);

void run_llvm(const ir::Block& block, riscv::Hart& hart);

}  // namespace kiln::ir_test
