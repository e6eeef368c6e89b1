// What the IR tests run: ways to prepare a block, and engines that run it.
#pragma once

#include <string>
#include <vector>

#include "cpu/riscv/hart.h"
#include "jit/ir/block.h"

namespace kiln::ir_test {

// An engine that runs a block on a hart: enters it at hart.pc, and leaves state, pc and budget as
// docs/ir.md says. A backend joins with a line in engines().
struct Engine {
    std::string name;
    void (*run)(const ir::Block& block, riscv::Hart& hart);
    // Takes milliseconds to prepare a block, so that it gets fewer.
    bool costly = false;
};
const std::vector<Engine>& engines();

// What is done to a block before it runs.
struct Preparation {
    std::string name;
    std::vector<void (*)(ir::Block& block)> passes;
};
const Preparation& unoptimised();
const Preparation& optimised();
// Those two, each pass alone, and all passes twice.
const std::vector<Preparation>& preparations();

// Runs the passes and verifies the block before and after each. Throws ir::InvalidBlock.
void prepare(ir::Block& block, const Preparation& preparation);

}  // namespace kiln::ir_test
