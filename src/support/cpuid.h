// What the host's processor says of itself.
#pragma once

#include <array>
#include <cpuid.h>

#include "support/int.h"

namespace kiln {

enum CpuidRegister { kEax, kEbx, kEcx, kEdx };

// Registers of a leaf; zero where the processor does not have it.
inline std::array<u32, 4> cpuid(u32 leaf, u32 subleaf = 0) {
    std::array<u32, 4> r{};
    __get_cpuid_count(leaf, subleaf, &r[kEax], &r[kEbx], &r[kEcx], &r[kEdx]);
    return r;
}

// Which registers the operating system saves: the low half of XCR0, 0 where there is none.
inline u32 enabled_state() {
    constexpr u32 kOsxsave = 1U << 27;
    if ((cpuid(1)[kEcx] & kOsxsave) == 0) return 0;
    u32 low = 0;
    u32 high = 0;
    asm("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

}  // namespace kiln
