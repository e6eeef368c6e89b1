// A hart's registers by the numbers that gdb knows them by.
#pragma once

#include <optional>
#include <string>

#include "cpu/riscv/hart.h"

namespace kiln::debug {

// x0 to x31 come first.
inline constexpr u64 kPcNumber = 32;
inline constexpr u64 kFirstFloatNumber = 33;
inline constexpr u64 kFirstCsrNumber = 65;
inline constexpr u64 kPrivNumber = kFirstCsrNumber + 0x1000;
// Those of the packets `g` and `G`.
inline constexpr u64 kGeneralRegisters = kPcNumber + 1;

// Bytes of a register; 0: the hart has none of that number.
unsigned register_size(riscv::Hart& hart, u64 number);
// nullopt: the hart has none of that number.
std::optional<u64> read_register(riscv::Hart& hart, u64 number);
// False: the hart has none of that number, or it cannot be written.
bool write_register(riscv::Hart& hart, u64 number, u64 value);

// The target description, an XML document.
std::string describe_target(riscv::Hart& hart);

}  // namespace kiln::debug
