// Instructions as text, from the instruction table.
#pragma once

#include <string>

#include "cpu/riscv/insn.h"

namespace kiln::riscv {

// The encoding in `bits` (a 16-bit one: in the low half) at address `pc`, in the GNU assembler's
// syntax without aliases: "addi a0,a1,-5". Immediates are decimal, those of lui and auipc
// hexadecimal, targets absolute addresses; a dynamic rounding mode is left out. What the ISA lacks
// or reserves reads ".4byte 0x..." or ".2byte 0x...". `assemble` takes it back.
std::string disassemble(u32 bits, u64 pc, const Isa& isa);

}  // namespace kiln::riscv
