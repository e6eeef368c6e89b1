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

// A register of 64 bits at a multiple of 8, read or written at `offset`: whole (`size` 8), or the
// half that lies there (`size` 4).
constexpr uint64_t read_part(uint64_t value, uint64_t offset, unsigned size) {
    return size == 8 ? value : half_of(value, (offset & 4) != 0);
}
constexpr uint64_t write_part(uint64_t old, uint64_t offset, unsigned size, uint64_t value) {
    return size == 8 ? value : with_half(old, (offset & 4) != 0, static_cast<uint32_t>(value));
}

// `a + b`, or UINT64_MAX where that overflows: deadlines far away stay "never".
constexpr uint64_t saturating_add(uint64_t a, uint64_t b) { return a + b < a ? UINT64_MAX : a + b; }
// `a * b` in the same way; b is not 0.
constexpr uint64_t saturating_multiply(uint64_t a, uint64_t b) {
    return a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

}  // namespace kiln
