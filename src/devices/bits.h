// Small helpers for 64-bit registers that a guest sees as two 32-bit halves.
#pragma once

#include <cstdint>

namespace kiln {

// The upper (`high`) or lower 32 bits of `value`.
constexpr uint32_t half_of(uint64_t value, bool high) {
    return static_cast<uint32_t>(high ? value >> 32 : value);
}

// `value` with its upper (`high`) or lower 32 bits replaced.
constexpr uint64_t with_half(uint64_t value, bool high, uint32_t half) {
    return high ? (value & 0xffff'ffffu) | uint64_t{half} << 32
                : (value & ~uint64_t{0xffff'ffffu}) | half;
}

// `a + b`, or UINT64_MAX where that overflows: deadlines far away stay "never".
constexpr uint64_t saturating_add(uint64_t a, uint64_t b) { return a + b < a ? UINT64_MAX : a + b; }

}  // namespace kiln
