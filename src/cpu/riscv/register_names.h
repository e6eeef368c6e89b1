// The ABI's register names (RISC-V ELF psABI, "Register Convention") and other names of assembly
// text.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "support/int.h"

namespace kiln::riscv {

inline constexpr std::array<std::string_view, 32> kXNames = {
    "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
    "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
    "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
inline constexpr std::array<std::string_view, 32> kFNames = {
    "ft0", "ft1", "ft2", "ft3", "ft4",  "ft5",  "ft6", "ft7", "fs0",  "fs1", "fa0",
    "fa1", "fa2", "fa3", "fa4", "fa5",  "fa6",  "fa7", "fs2", "fs3",  "fs4", "fs5",
    "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};

// Numbers 5 and 6 are reserved.
inline constexpr std::array<std::string_view, 8> kRoundingNames = {"rne", "rtz", "rdn", "rup",
                                                                   "rmm", "",    "",    "dyn"};

// What the bits aq and rl (in this order) add to a mnemonic.
inline constexpr std::array<std::string_view, 4> kOrderSuffixes = {"", ".rl", ".aq", ".aqrl"};

// Number of a register by its ABI name, by x0..x31 or f0..f31, or (integer) fp.
std::optional<u8> x_register(std::string_view name);
std::optional<u8> f_register(std::string_view name);

}  // namespace kiln::riscv
