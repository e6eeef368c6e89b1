// A short program and the state that it starts from.
#pragma once

#include <array>
#include <vector>

#include "cpu/riscv/insn.h"

namespace kiln::random_test {

// Addresses in a sequence are relative until it has its place in an image.
enum class Base : u8 { kNone, kWindow, kCode };
struct Value {
    Base base = Base::kNone;
    u64 offset = 0;
};

struct Instruction {
    u32 bits;
    u8 length;
    u32 altered;  // what Kiln is given in place of `bits`; differs only to show a difference found
    riscv::InsnId id;
};

struct Sequence {
    std::array<Value, 32> x{};
    std::array<u64, 32> f{};
    u32 fcsr = 0;
    u8 fs = 3;  // mstatus.FS
    std::vector<Instruction> code;
};

// Middle of the window, a page boundary: Base::kWindow counts from here.
inline constexpr u64 kWindowMiddle = 0x1000;

}  // namespace kiln::random_test
