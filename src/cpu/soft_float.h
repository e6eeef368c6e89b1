// IEEE 754 binary16, binary32 and binary64 arithmetic in integers, with the results and flags of
// RISC-V's F, D and Zfh ("F" chapter of the unprivileged specification): a NaN result is the
// canonical NaN, and tininess is detected after rounding. For what the host's instructions cannot
// do: ties away from zero, binary16, a rounding mode other than the one in MXCSR. No host floating
// point is used.
//
// A value is its bit pattern in uint16_t, uint32_t or uint64_t. Every function is pure and total;
// `rm` is the rounding mode, and the exceptions it raises are or-ed into `flags` as `fflags` bits.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <utility>

#include "cpu/rounding.h"

namespace kiln::soft {

using kiln::Rounding;

// Exception flags, as the bits of `fflags`.
inline constexpr uint32_t kNX = 1;   // inexact
inline constexpr uint32_t kUF = 2;   // underflow
inline constexpr uint32_t kOF = 4;   // overflow
inline constexpr uint32_t kDZ = 8;   // division by zero
inline constexpr uint32_t kNV = 16;  // invalid operation

// The layout of a format whose bits are a `Bits`.
template <typename Bits, int exponent_bits>
struct Layout {
    static constexpr int kExponentBits = exponent_bits;
    static constexpr int kFractionBits = std::numeric_limits<Bits>::digits - 1 - kExponentBits;
    static constexpr int kMinExponent = 2 - (1 << (kExponentBits - 1));  // of a normal number
    static constexpr int kLastPlace = kMinExponent - kFractionBits;  // log2 of the least subnormal
    static constexpr Bits kSign = Bits(Bits{1} << (std::numeric_limits<Bits>::digits - 1));
    static constexpr Bits kHidden = Bits(Bits{1} << kFractionBits);
    static constexpr Bits kQuiet = Bits(kHidden >> 1);
    static constexpr Bits kInfinity = Bits(kSign - kHidden);
    static constexpr Bits kNan = Bits(kInfinity | kQuiet);  // the canonical NaN
};

template <typename Bits>
struct Format;
template <>
struct Format<uint16_t> : Layout<uint16_t, 5> {};
template <>
struct Format<uint32_t> : Layout<uint32_t, 8> {};
template <>
struct Format<uint64_t> : Layout<uint64_t, 11> {};

template <typename Bits>
concept Binary = requires {
    Format<Bits>::kExponentBits;
};

// ---- What a bit pattern is ----

template <Binary F>
constexpr bool is_negative(F a) noexcept {
    return (a & Format<F>::kSign) != 0;
}

template <Binary F>
constexpr F magnitude(F a) noexcept {
    return F(a & ~Format<F>::kSign);
}

template <Binary F>
constexpr bool is_zero(F a) noexcept {
    return magnitude(a) == 0;
}

template <Binary F>
constexpr bool is_infinity(F a) noexcept {
    return magnitude(a) == Format<F>::kInfinity;
}

template <Binary F>
constexpr bool is_nan(F a) noexcept {
    return magnitude(a) > Format<F>::kInfinity;
}

template <Binary F>
constexpr bool is_signaling(F a) noexcept {
    return is_nan(a) && (a & Format<F>::kQuiet) == 0;
}

// ---- From bits to an exact number, and back with one rounding ----

namespace detail {

using Wide = unsigned __int128;

// The number significand * 2^exponent, signed. Where its lowest bit stands for discarded non-zero
// bits ("sticky"), there are at least two more significant bits than any format keeps, so that it
// tells an inexact result from an exact one and from a tie.
struct Exact {
    bool negative;
    int exponent;
    Wide significand;
};

constexpr int width(Wide value) noexcept {
    const auto high = static_cast<uint64_t>(value >> 64);
    const auto low = static_cast<uint64_t>(value);
    return high != 0 ? 128 - std::countl_zero(high) : 64 - std::countl_zero(low);
}

// The same number with the leading bit of its non-zero significand at position `bit`.
constexpr Exact normalized(const Exact& x, int bit) noexcept {
    const int shift = bit + 1 - width(x.significand);
    return {x.negative, x.exponent - shift, x.significand << shift};
}

// Of a finite value.
template <Binary F>
constexpr Exact unpack(F a) noexcept {
    using L = Format<F>;
    const F fraction = F(a & (L::kHidden - 1));
    const int biased = int(magnitude(a) >> L::kFractionBits);
    if (biased == 0) return {is_negative(a), L::kLastPlace, fraction};
    return {is_negative(a), L::kLastPlace + biased - 1, Wide(fraction | L::kHidden)};
}

struct Rounded {
    Wide value;
    bool inexact;
};

// value / 2^shift as an integer; a shift below zero is exact and must not lose leading bits.
constexpr Rounded round_off(Wide value, int shift, bool negative, Rounding rm) noexcept {
    if (shift <= 0) return {value << -shift, false};
    if (shift > 127) return round_off(value != 0 ? 1 : 0, 2, negative, rm);  // far below a half
    const Wide kept = value >> shift;
    const Wide rest = value - (kept << shift);
    const Wide half = Wide{1} << (shift - 1);
    bool up = false;
    switch (rm) {
        case Rounding::kRne:
            up = rest > half || (rest == half && (kept & 1) != 0);
            break;
        case Rounding::kRtz:
            break;
        case Rounding::kRdn:
            up = negative && rest != 0;
            break;
        case Rounding::kRup:
            up = !negative && rest != 0;
            break;
        case Rounding::kRmm:
            up = rest >= half;
            break;
    }
    return {kept + (up ? 1 : 0), rest != 0};
}

// An overflow gives infinity, or the largest finite number where the mode rounds towards zero.
template <Binary F>
constexpr F overflow(bool negative, Rounding rm, uint32_t& flags) noexcept {
    flags |= kOF | kNX;
    const Rounding towards_zero = negative ? Rounding::kRup : Rounding::kRdn;
    const bool finite = rm == Rounding::kRtz || rm == towards_zero;
    return F(Format<F>::kInfinity - (finite ? 1 : 0));
}

template <Binary F>
constexpr F round_and_pack(const Exact& x, Rounding rm, uint32_t& flags) noexcept {
    using L = Format<F>;
    const F sign = x.negative ? L::kSign : F{0};
    if (x.significand == 0) return sign;
    const int top = x.exponent + width(x.significand) - 1;
    const int unbounded = top - L::kFractionBits;  // last place, had the exponent no minimum
    const int last = std::max(unbounded, L::kLastPlace);
    const Rounded result = round_off(x.significand, last - x.exponent, x.negative, rm);
    if (result.inexact) flags |= kNX;
    if (result.inexact && top < L::kMinExponent) {
        // Tiny after rounding, unless the unbounded result is carried to the least normal number.
        const Wide free = round_off(x.significand, unbounded - x.exponent, x.negative, rm).value;
        const bool carried = width(free) > L::kFractionBits + 1;
        if (top + (carried ? 1 : 0) < L::kMinExponent) flags |= kUF;
    }
    // The hidden bit, or a carry out of the significand, adds itself to the exponent field.
    const Wide packed = (Wide(last - L::kLastPlace) << L::kFractionBits) + result.value;
    if (packed >= L::kInfinity) return F(sign | overflow<F>(x.negative, rm, flags));
    return F(sign | F(packed));
}

template <Binary F>
constexpr F invalid(uint32_t& flags) noexcept {
    flags |= kNV;
    return Format<F>::kNan;
}

// The result of an operation that has a NaN among its operands.
template <Binary F, std::same_as<F>... Fs>
constexpr F propagate(uint32_t& flags, F first, Fs... others) noexcept {
    if (is_signaling(first) || (is_signaling(others) || ...)) flags |= kNV;
    return Format<F>::kNan;
}

template <Binary F>
constexpr F infinity(bool negative) noexcept {
    return F(Format<F>::kInfinity | (negative ? Format<F>::kSign : 0));
}

// a + b. Leading bits go to position 126: one is left for the carry, and some 20 lie below the
// widest operand (a product of two binary64 significands), so that bits are lost only where at most
// one leading bit can cancel.
constexpr Exact exact_sum(Exact a, Exact b, Rounding rm) noexcept {
    const bool zero_sign = rm == Rounding::kRdn;  // of a sum of opposite numbers (IEEE 754 6.3)
    if (a.significand == 0 && b.significand == 0)
        return {a.negative == b.negative ? a.negative : zero_sign, 0, 0};
    if (a.significand == 0) return b;
    if (b.significand == 0) return a;
    a = normalized(a, 126);
    b = normalized(b, 126);
    if (std::pair(a.exponent, a.significand) < std::pair(b.exponent, b.significand))
        std::swap(a, b);
    const int distance = std::min(a.exponent - b.exponent, 127);
    const Wide kept = b.significand >> distance;
    const Wide small = kept | Wide((kept << distance) != b.significand);
    if (a.negative == b.negative) return {a.negative, a.exponent, a.significand + small};
    const Wide difference = a.significand - small;
    return {difference == 0 ? zero_sign : a.negative, a.exponent, difference};
}

constexpr Exact exact_product(const Exact& a, const Exact& b) noexcept {
    return {a.negative != b.negative, a.exponent + b.exponent, a.significand * b.significand};
}

// a / b for a non-zero b: at least 75 bits, the lowest one sticky.
constexpr Exact exact_quotient(const Exact& a, const Exact& b) noexcept {
    const bool negative = a.negative != b.negative;
    if (a.significand == 0) return {negative, 0, 0};
    const Exact n = normalized(a, 127);
    const Wide quotient = n.significand / b.significand;
    const bool sticky = quotient * b.significand != n.significand;
    return {negative, n.exponent - b.exponent, quotient | Wide(sticky)};
}

// The root of a number above zero: 64 bits, the lowest one sticky. One result bit a step.
constexpr Exact exact_root(const Exact& x) noexcept {
    Exact n = normalized(x, 127);
    if (n.exponent % 2 != 0) n = normalized(x, 126);
    Wide rest = n.significand;
    Wide root = 0;
    for (Wide bit = Wide{1} << 126; bit != 0; bit >>= 2) {
        const Wide trial = root + bit;
        root >>= 1;
        if (rest < trial) continue;
        rest -= trial;
        root += bit;
    }
    return {false, n.exponent / 2, root | Wide(rest != 0)};
}

// An integer in the order of the numbers, both zeros the same. Not for a NaN.
template <Binary F>
constexpr int64_t order(F a) noexcept {
    const auto m = static_cast<int64_t>(magnitude(a));
    return is_negative(a) ? -m : m;
}

}  // namespace detail

// ---- Arithmetic ----

template <Binary F>
constexpr F add(F a, F b, Rounding rm, uint32_t& flags) noexcept {
    if (is_nan(a) || is_nan(b)) return detail::propagate(flags, a, b);
    if (is_infinity(a) && is_infinity(b) && a != b) return detail::invalid<F>(flags);
    if (is_infinity(a)) return a;
    if (is_infinity(b)) return b;
    const detail::Exact sum = detail::exact_sum(detail::unpack(a), detail::unpack(b), rm);
    return detail::round_and_pack<F>(sum, rm, flags);
}

template <Binary F>
constexpr F sub(F a, F b, Rounding rm, uint32_t& flags) noexcept {
    return add(a, F(b ^ Format<F>::kSign), rm, flags);
}

template <Binary F>
constexpr F mul(F a, F b, Rounding rm, uint32_t& flags) noexcept {
    if (is_nan(a) || is_nan(b)) return detail::propagate(flags, a, b);
    if (is_infinity(a) || is_infinity(b)) {
        if (is_zero(a) || is_zero(b)) return detail::invalid<F>(flags);
        return detail::infinity<F>(is_negative(a) != is_negative(b));
    }
    const detail::Exact product = detail::exact_product(detail::unpack(a), detail::unpack(b));
    return detail::round_and_pack<F>(product, rm, flags);
}

template <Binary F>
constexpr F div(F a, F b, Rounding rm, uint32_t& flags) noexcept {
    if (is_nan(a) || is_nan(b)) return detail::propagate(flags, a, b);
    const bool negative = is_negative(a) != is_negative(b);
    if (is_infinity(a) && is_infinity(b)) return detail::invalid<F>(flags);
    if (is_infinity(a)) return detail::infinity<F>(negative);
    if (is_infinity(b)) return F(negative ? Format<F>::kSign : 0);
    if (is_zero(b)) {
        if (is_zero(a)) return detail::invalid<F>(flags);
        flags |= kDZ;
        return detail::infinity<F>(negative);
    }
    const detail::Exact quotient = detail::exact_quotient(detail::unpack(a), detail::unpack(b));
    return detail::round_and_pack<F>(quotient, rm, flags);
}

template <Binary F>
constexpr F sqrt(F a, Rounding rm, uint32_t& flags) noexcept {
    if (is_nan(a)) return detail::propagate(flags, a);
    if (is_zero(a)) return a;
    if (is_negative(a)) return detail::invalid<F>(flags);
    if (is_infinity(a)) return a;
    return detail::round_and_pack<F>(detail::exact_root(detail::unpack(a)), rm, flags);
}

// a * b + c, rounded once. Infinity times zero is invalid even where c is a quiet NaN.
template <Binary F>
constexpr F fma(F a, F b, F c, Rounding rm, uint32_t& flags) noexcept {
    if ((is_infinity(a) && is_zero(b)) || (is_zero(a) && is_infinity(b)))
        return detail::invalid<F>(flags);
    if (is_nan(a) || is_nan(b) || is_nan(c)) return detail::propagate(flags, a, b, c);
    if (is_infinity(a) || is_infinity(b)) {
        const F product = detail::infinity<F>(is_negative(a) != is_negative(b));
        return is_infinity(c) && c != product ? detail::invalid<F>(flags) : product;
    }
    if (is_infinity(c)) return c;
    const detail::Exact product = detail::exact_product(detail::unpack(a), detail::unpack(b));
    const detail::Exact sum = detail::exact_sum(product, detail::unpack(c), rm);
    return detail::round_and_pack<F>(sum, rm, flags);
}

// ---- Comparisons ----

// a == b; false for a NaN, and invalid only for a signaling one.
template <Binary F>
constexpr bool eq(F a, F b, uint32_t& flags) noexcept {
    if (is_signaling(a) || is_signaling(b)) flags |= kNV;
    return !is_nan(a) && !is_nan(b) && detail::order(a) == detail::order(b);
}

// a < b; false and invalid for any NaN.
template <Binary F>
constexpr bool lt(F a, F b, uint32_t& flags) noexcept {
    if (is_nan(a) || is_nan(b)) flags |= kNV;
    return !is_nan(a) && !is_nan(b) && detail::order(a) < detail::order(b);
}

// a <= b; false and invalid for any NaN.
template <Binary F>
constexpr bool le(F a, F b, uint32_t& flags) noexcept {
    if (is_nan(a) || is_nan(b)) flags |= kNV;
    return !is_nan(a) && !is_nan(b) && detail::order(a) <= detail::order(b);
}

// ---- Conversions ----

// Between two formats.
template <Binary To, Binary From>
constexpr To convert(From a, Rounding rm, uint32_t& flags) noexcept {
    if (is_nan(a)) {
        detail::propagate(flags, a);
        return Format<To>::kNan;
    }
    if (is_infinity(a)) return detail::infinity<To>(is_negative(a));
    return detail::round_and_pack<To>(detail::unpack(a), rm, flags);
}

// To an integer of at most 64 bits. What does not fit once rounded is invalid (and not inexact) and
// gives the nearest limit; a NaN gives the maximum.
template <std::integral Int, Binary F>
constexpr Int to_int(F a, Rounding rm, uint32_t& flags) noexcept {
    using detail::Wide;
    using Limits = std::numeric_limits<Int>;
    const bool negative = is_negative(a) && !is_nan(a);
    const Int limit = negative ? Limits::min() : Limits::max();
    const Wide most = negative ? Wide{0} - static_cast<Wide>(limit) : static_cast<Wide>(limit);
    const detail::Exact x = detail::unpack(a);
    const bool finite = magnitude(a) < Format<F>::kInfinity;
    if (finite && x.exponent <= 64) {  // beyond, no integer is large enough
        const detail::Rounded r = detail::round_off(x.significand, -x.exponent, negative, rm);
        if (r.value <= most) {
            if (r.inexact) flags |= kNX;
            return static_cast<Int>(negative ? Wide{0} - r.value : r.value);
        }
    }
    flags |= kNV;
    return limit;
}

// From an integer of at most 64 bits. Zero gives +0 in every mode.
template <Binary F, std::integral Int>
constexpr F from_int(Int value, Rounding rm, uint32_t& flags) noexcept {
    using detail::Wide;
    const bool negative = value < 0;
    const auto wide = static_cast<Wide>(value);
    return detail::round_and_pack<F>({negative, 0, negative ? Wide{0} - wide : wide}, rm, flags);
}

}  // namespace kiln::soft
