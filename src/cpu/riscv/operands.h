// The operands of a decoded instruction, as the semantic templates read them.
#pragma once

#include "cpu/emitter.h"
#include "support/int.h"

namespace kiln::riscv {

// Where a write to x0 goes: a slot of the register file behind x31 that nothing reads.
inline constexpr u8 kNoRd = 32;

// Eight bytes, so that an interpreter's operation with its handler takes sixteen.
struct Operands {
    i32 imm = 0;  // immediate, CSR number, raw bits of an illegal encoding
    u8 rd = 0;    // integer destinations: kNoRd instead of 0
    u8 rs1 = 0;   // also the 5-bit immediate of the CSR instructions
    u8 rs2 = 0;
    u8 index = 0;  // place in its block; the engine's

    // Atomics keep aq and rl there.
    Order order() const { return static_cast<Order>(imm & 3); }
    // Floating-point instructions keep the third source and the rounding mode in imm.
    u8 rs3() const { return static_cast<u8>(imm & 31); }
    Rounding rm() const { return static_cast<Rounding>((imm >> 8) & 7); }
};

}  // namespace kiln::riscv
