// Numbers of the CSRs, for those who implement them.
#pragma once

#include <string_view>

#include "support/int.h"

namespace kiln::riscv::csr {

enum Number : u32 {
#define CSR(number, name) k_##name = number,
#include "cpu/riscv/csrs.inc"
#undef CSR
};

// Families of numbered registers: first number, index of the first, count.
struct Family {
    u32 first;
    u32 index;
    u32 count;
    std::string_view prefix;
    bool high;  // the upper halves on RV32
};
inline constexpr Family kPmpcfg{0x3a0, 0, 4, "pmpcfg", false};
inline constexpr Family kPmpaddr{0x3b0, 0, 16, "pmpaddr", false};
inline constexpr Family kMhpmevent{0x323, 3, 29, "mhpmevent", false};
inline constexpr Family kMhpmcounter{0xb03, 3, 29, "mhpmcounter", false};
inline constexpr Family kMhpmcounterh{0xb83, 3, 29, "mhpmcounter", true};
inline constexpr Family kHpmcounter{0xc03, 3, 29, "hpmcounter", false};
inline constexpr Family kHpmcounterh{0xc83, 3, 29, "hpmcounter", true};
inline constexpr Family kFamilies[] = {kPmpcfg,       kPmpaddr,    kMhpmevent,  kMhpmcounter,
                                       kMhpmcounterh, kHpmcounter, kHpmcounterh};

inline bool in(const Family& family, u32 number) { return number - family.first < family.count; }

}  // namespace kiln::riscv::csr
