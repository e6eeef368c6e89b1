// Runs a block of IR as native code.
#pragma once

#include "cpu/riscv/hart.h"
#include "jit/ir/block.h"

namespace kiln::ir_test {

// Compiles with the asmjit backend and runs it once. Where native code leaves an instruction to
// the interpreter, the evaluator runs the whole block again from the state and memory at its entry.
void run_asmjit(const ir::Block& block, riscv::Hart& hart);
// The same with code for a processor that has the x86-64 baseline only.
void run_asmjit_baseline(const ir::Block& block, riscv::Hart& hart);

}  // namespace kiln::ir_test
