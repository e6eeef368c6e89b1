// What MPFR says the result and the flags of a floating point operation are. MPFR evaluates it,
// truncated to many more bits than any format has; a bit below them stands for what was cut off;
// MPFR then rounds that number to a multiple of the format's last place.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <mpfr.h>
#include <type_traits>

#include "cpu/soft_float.h"

namespace kiln::test {

// The parameters of a format as IEEE 754 table 3.5 gives them: p and emax (emin is 1 - emax).
template <typename F>
struct Parameters;
template <>
struct Parameters<uint16_t> {
    static constexpr int kPrecision = 11, kMaxExponent = 15;
};
template <>
struct Parameters<uint32_t> {
    static constexpr int kPrecision = 24, kMaxExponent = 127;
};
template <>
struct Parameters<uint64_t> {
    static constexpr int kPrecision = 53, kMaxExponent = 1023;
};

// An MPFR number.
class Real {
  public:
    static constexpr mpfr_prec_t kBits = 256;

    Real() { mpfr_init2(value_, kBits); }
    ~Real() { mpfr_clear(value_); }
    Real(const Real&) = delete;
    Real& operator=(const Real&) = delete;

    operator mpfr_ptr() { return value_; }
    operator mpfr_srcptr() const { return value_; }

    bool negative() const { return mpfr_signbit(value_) != 0; }

  private:
    mpfr_t value_;
};

// The value of a bit pattern, by the host's reading of it where it has the format.
inline void decode(Real& x, uint64_t bits) {
    mpfr_set_d(x, std::bit_cast<double>(bits), MPFR_RNDN);
}
inline void decode(Real& x, uint32_t bits) {
    mpfr_set_flt(x, std::bit_cast<float>(bits), MPFR_RNDN);
}
inline void decode(Real& x, uint16_t bits) {
    const int exponent = bits >> 10 & 31;
    const int fraction = bits & 1023;
    double value = std::ldexp(fraction + (exponent != 0 ? 1024 : 0), std::max(exponent, 1) - 25);
    if (exponent == 31) value = fraction != 0 ? NAN : HUGE_VAL;
    mpfr_set_d(x, (bits & 0x8000) != 0 ? -value : value, MPFR_RNDN);
}

// The bit pattern of a number that the format has (no NaN).
inline void encode(const Real& x, uint64_t& bits) {
    bits = std::bit_cast<uint64_t>(mpfr_get_d(x, MPFR_RNDN));
}
inline void encode(const Real& x, uint32_t& bits) {
    bits = std::bit_cast<uint32_t>(mpfr_get_flt(x, MPFR_RNDN));
}
inline void encode(const Real& x, uint16_t& bits) {
    const double value = std::fabs(mpfr_get_d(x, MPFR_RNDN));
    double magnitude = 0x7c00;
    if (value < 0x1p-14) {
        magnitude = std::ldexp(value, 24);
    } else if (value < 0x1p16) {
        const int exponent = std::ilogb(value);
        magnitude = (exponent + 14) * 1024 + std::ldexp(value, 10 - exponent);
    }
    bits = static_cast<uint16_t>(static_cast<int>(magnitude) | (x.negative() ? 0x8000 : 0));
}

inline void round_to_integer(Real& result, const Real& x, soft::Rounding rm) {
    switch (rm) {
        case soft::Rounding::kRne:
            mpfr_rint(result, x, MPFR_RNDN);
            break;
        case soft::Rounding::kRtz:
            mpfr_trunc(result, x);
            break;
        case soft::Rounding::kRdn:
            mpfr_floor(result, x);
            break;
        case soft::Rounding::kRup:
            mpfr_ceil(result, x);
            break;
        case soft::Rounding::kRmm:
            mpfr_round(result, x);
            break;
    }
}

// To a multiple of 2^place. A zero keeps the sign of x.
inline void round_to_place(Real& result, const Real& x, long place, soft::Rounding rm) {
    Real scaled;
    mpfr_mul_2si(scaled, x, -place, MPFR_RNDN);
    round_to_integer(result, scaled, rm);
    mpfr_mul_2si(result, result, place, MPFR_RNDN);
}

// The infinity or the largest number that stands for an overflow.
template <typename F>
void overflow(Real& result, bool negative, soft::Rounding rm) {
    const auto inwards = negative ? soft::Rounding::kRup : soft::Rounding::kRdn;
    mpfr_set_inf(result, 1);
    if (rm == soft::Rounding::kRtz || rm == inwards) {
        mpfr_set_ui_2exp(result, 1, Parameters<F>::kPrecision, MPFR_RNDN);
        mpfr_sub_ui(result, result, 1, MPFR_RNDN);
        mpfr_mul_2si(result, result, Parameters<F>::kMaxExponent + 1 - Parameters<F>::kPrecision,
                     MPFR_RNDN);
    }
    mpfr_setsign(result, result, negative, MPFR_RNDN);
}

// The result in format F where the exact one is x (no NaN).
template <typename F>
F round_to_format(const Real& x, soft::Rounding rm, uint32_t& flags) {
    constexpr long kMinExponent = 1 - Parameters<F>::kMaxExponent;
    constexpr long kBelowPoint = Parameters<F>::kPrecision - 1;
    F bits;
    if (mpfr_regular_p(x) == 0) {  // zero or infinity
        encode(x, bits);
        return bits;
    }
    const long unbounded =
        mpfr_get_exp(x) - 1 - kBelowPoint;  // MPFR's significands are in [1/2, 1)
    Real rounded;
    round_to_place(rounded, x, std::max(unbounded, kMinExponent - kBelowPoint), rm);
    if (mpfr_equal_p(rounded, x) == 0) {
        flags |= soft::kNX;
        Real free;
        round_to_place(free, x, unbounded, rm);
        if (mpfr_get_exp(free) - 1 < kMinExponent) flags |= soft::kUF;
    }
    if (mpfr_regular_p(rounded) != 0 && mpfr_get_exp(rounded) - 1 > Parameters<F>::kMaxExponent) {
        flags |= soft::kOF | soft::kNX;
        overflow<F>(rounded, x.negative(), rm);
    }
    encode(rounded, bits);
    return bits;
}

// An operation on MPFR numbers, as MPFR's functions have it: rounds, and returns the ternary value.
template <size_t N>
using RealOperation = int (*)(Real& result, const std::array<Real, N>& operands, mpfr_rnd_t mode);

// The exact result, or a number that rounds as it does.
template <size_t N>
void evaluate(Real& result, RealOperation<N> operation, const std::array<Real, N>& operands,
              soft::Rounding rm) {
    mpfr_set_prec(result, Real::kBits - 1);
    const int ternary = operation(result, operands, MPFR_RNDZ);
    if (mpfr_zero_p(result) != 0 && rm == soft::Rounding::kRdn)  // the sign of an exact zero
        operation(result, operands, MPFR_RNDD);
    mpfr_prec_round(result, Real::kBits, MPFR_RNDN);
    if (ternary == 0) return;
    result.negative() ? mpfr_nextbelow(result) : mpfr_nextabove(result);
}

// Whether an operation is invalid though no operand signals, where its result is a NaN. An invalid
// product counts whatever it is added to ("F" chapter, fused multiply-add).
template <size_t N>
bool makes_nan(const std::array<Real, N>& operands) {
    if constexpr (N == 3) {
        Real product;
        mpfr_mul(product, operands[0], operands[1], MPFR_RNDN);
        if (mpfr_nan_p(product) != 0) return mpfr_unordered_p(operands[0], operands[1]) == 0;
    }
    for (const Real& operand : operands)
        if (mpfr_nan_p(operand) != 0) return false;
    return true;
}

// The bits and flags that RISC-V wants of `operation` on `inputs`.
template <typename F, typename In, size_t N>
F expected(RealOperation<N> operation, const std::array<In, N>& inputs, soft::Rounding rm,
           uint32_t& flags) {
    std::array<Real, N> operands;
    for (size_t i = 0; i < N; ++i) {
        decode(operands[i], inputs[i]);
        if (soft::is_signaling(inputs[i])) flags |= soft::kNV;
    }
    Real result;
    mpfr_clear_flags();
    evaluate(result, operation, operands, rm);
    if (mpfr_divby0_p() != 0) flags |= soft::kDZ;
    if (mpfr_nan_p(result) == 0) return round_to_format<F>(result, rm, flags);
    if (makes_nan(operands)) flags |= soft::kNV;
    return soft::Format<F>::kNan;
}

// The "F" chapter's table of float-to-integer conversions, over a number that MPFR rounds.
template <typename Int>
Int expected_integer(const Real& x, soft::Rounding rm, uint32_t& flags) {
    using Limits = std::numeric_limits<Int>;
    const auto invalid = [&](Int limit) {
        flags |= soft::kNV;
        return limit;
    };
    if (mpfr_nan_p(x) != 0) return invalid(Limits::max());
    Real rounded;
    round_to_integer(rounded, x, rm);
    if (mpfr_cmp_si(rounded, static_cast<long>(Limits::min())) < 0) return invalid(Limits::min());
    if (mpfr_cmp_ui(rounded, static_cast<unsigned long>(Limits::max())) > 0)
        return invalid(Limits::max());
    if (mpfr_equal_p(rounded, x) == 0) flags |= soft::kNX;
    if constexpr (std::is_signed_v<Int>)
        return static_cast<Int>(mpfr_get_si(rounded, MPFR_RNDN));
    else
        return static_cast<Int>(mpfr_get_ui(rounded, MPFR_RNDN));
}

}  // namespace kiln::test
