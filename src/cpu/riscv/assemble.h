// Text to instructions, from the instruction table: the inverse of disassemble.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cpu/riscv/insn.h"

namespace kiln::riscv {

struct Assembled {
    u32 bits;
    u8 length;  // bytes
};

// Assembles one instruction for address `pc`: a mnemonic of the table (with .aq, .rl or .aqrl where
// it has these bits) and its operands in the form's syntax. Registers have ABI names or x/f
// numbers, numbers are decimal or hexadecimal, targets absolute or relative to pc (".+8"), CSRs
// names or numbers; a rounding mode may be left out and is then dynamic. ".4byte"/".word" and
// ".2byte"/".half" take any encoding of their length. No aliases.
// nullopt: `error` says what is wrong, in one line.
std::optional<Assembled> assemble(std::string_view line, const Isa& isa, u64 pc,
                                  std::string& error);

}  // namespace kiln::riscv
