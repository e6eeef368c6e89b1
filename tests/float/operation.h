// The floating-point instructions of the guest, with operands to try them on and what the exact
// reference says of each.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "cpu/riscv/insn.h"
#include "unit/fp_operands.h"

namespace kiln::float_test {

// Contents of up to three source registers: integers, or floating-point numbers of FLEN = 64.
using Sources = std::array<u64, 3>;

// What an instruction leaves: its destination register, and fflags.
struct Answer {
    u64 value = 0;
    u32 flags = 0;
    bool operator==(const Answer&) const = default;
};

struct Operation {
    riscv::InsnId id;
    unsigned sources;   // registers that it reads
    bool from_x, to_x;  // it reads, writes an integer register
    bool rounds;        // the rounding mode matters
    // The operands of case `index`: first those that meet edges, in all combinations, then random
    // ones.
    std::function<Sources(test::FpOperands& random, u64 index)> operands;
    std::function<Answer(const Sources& sources, Rounding mode)> expected;
};

// All of them. Throws std::runtime_error where a row of the instruction table that computes with
// floating point is missing here.
std::vector<Operation> operations();

}  // namespace kiln::float_test
