// What the specification says of instructions whose operands and results are registers, by MPFR
// where it takes arithmetic. The templates are filled in by operation.cpp.
#pragma once

#include "float/operation.h"
#include "unit/mpfr_oracle.h"

namespace kiln::float_test {

using test::Real;

// NaN boxing ("D" chapter): a narrower number has ones above it, or counts as the canonical NaN.
template <typename F>
constexpr u64 kBox = sizeof(F) == 8 ? 0 : ~u64{0} << 8 * (sizeof(F) % 8);

template <typename F>
F unbox(u64 source) {
    return (source & kBox<F>) == kBox<F> ? F(source) : soft::Format<F>::kNan;
}

template <typename F>
Answer boxed(F value, u32 flags) {
    return {kBox<F> | value, flags};
}

// An integer register holds the 32-bit results sign-extended.
template <typename Int>
Answer extended(Int value, u32 flags) {
    return {static_cast<u64>(static_cast<i64>(static_cast<std::make_signed_t<Int>>(value))), flags};
}

template <typename F, typename In, size_t N, test::RealOperation<N> operation>
Answer arithmetic(const Sources& sources, Rounding mode) {
    std::array<In, N> operands;
    for (size_t i = 0; i < N; ++i) operands[i] = unbox<In>(sources[i]);
    u32 flags = 0;
    const F value = test::expected<F, In, N>(operation, operands, mode, flags);
    return boxed(value, flags);
}

template <typename F, typename Int>
Answer to_integer(const Sources& sources, Rounding mode) {
    Real x;
    test::decode(x, unbox<F>(sources[0]));
    u32 flags = 0;
    const Int value = test::expected_integer<Int>(x, mode, flags);
    return extended(value, flags);
}

template <typename F, typename Int>
Answer from_integer(const Sources& sources, Rounding mode) {
    Real x;
    const auto value = static_cast<Int>(sources[0]);
    if constexpr (std::is_signed_v<Int>)
        mpfr_set_si(x, value, MPFR_RNDN);
    else
        mpfr_set_ui(x, value, MPFR_RNDN);
    u32 flags = 0;
    const F result = test::round_to_format<F>(x, mode, flags);
    return boxed(result, flags);
}

// Two operands and their values.
template <typename F>
struct Pair {
    explicit Pair(const Sources& sources) : a(unbox<F>(sources[0])), b(unbox<F>(sources[1])) {
        test::decode(x, a);
        test::decode(y, b);
    }
    bool signaling() const { return soft::is_signaling(a) || soft::is_signaling(b); }
    bool unordered() const { return mpfr_unordered_p(x, y) != 0; }

    F a, b;
    Real x, y;
};

template <typename F>
Answer equal(const Sources& sources, Rounding) {
    const Pair<F> pair(sources);
    return {mpfr_equal_p(pair.x, pair.y) != 0, pair.signaling() ? soft::kNV : 0};
}

template <typename F>
Answer less(const Sources& sources, Rounding) {
    const Pair<F> pair(sources);
    return {mpfr_less_p(pair.x, pair.y) != 0, pair.unordered() ? soft::kNV : 0};
}

template <typename F>
Answer less_equal(const Sources& sources, Rounding) {
    const Pair<F> pair(sources);
    return {mpfr_lessequal_p(pair.x, pair.y) != 0, pair.unordered() ? soft::kNV : 0};
}

// minimumNumber or maximumNumber of IEEE 754-2019, where -0 is less than +0.
template <typename F, bool maximum>
Answer extreme(const Sources& sources, Rounding) {
    const Pair<F> pair(sources);
    const u32 flags = pair.signaling() ? soft::kNV : 0;
    const bool nan_a = mpfr_nan_p(pair.x) != 0, nan_b = mpfr_nan_p(pair.y) != 0;
    if (nan_a && nan_b) return boxed<F>(soft::Format<F>::kNan, flags);
    if (nan_a || nan_b) return boxed<F>(nan_a ? pair.b : pair.a, flags);
    const bool less = mpfr_equal_p(pair.x, pair.y) != 0 ? pair.x.negative() && !pair.y.negative()
                                                        : mpfr_less_p(pair.x, pair.y) != 0;
    return boxed<F>(less != maximum ? pair.a : pair.b, flags);
}

enum class Sign { kCopy, kInvert, kXor };

template <typename F, Sign sign>
Answer inject(const Sources& sources, Rounding) {
    const F a = unbox<F>(sources[0]), b = unbox<F>(sources[1]);
    const bool negative = sign == Sign::kXor ? soft::is_negative(a) != soft::is_negative(b)
                                             : soft::is_negative(b) != (sign == Sign::kInvert);
    return boxed<F>(F(soft::magnitude(a) | (negative ? soft::Format<F>::kSign : F{0})), 0);
}

// The table of fclass in the "F" chapter.
template <typename F>
Answer classify(const Sources& sources, Rounding) {
    const F bits = unbox<F>(sources[0]);
    Real x;
    test::decode(x, bits);
    if (mpfr_nan_p(x) != 0) return {soft::is_signaling(bits) ? u64{1} << 8 : u64{1} << 9, 0};
    unsigned place = 0;  // from negative infinity on
    if (mpfr_inf_p(x) == 0) {
        constexpr int kMinExponent = 1 - test::Parameters<F>::kMaxExponent;
        place = 3;
        if (mpfr_zero_p(x) == 0) place = mpfr_get_exp(x) - 1 < kMinExponent ? 2 : 1;
    }
    return {u64{1} << (soft::is_negative(bits) ? place : 7 - place), 0};
}

template <typename F>
Answer move_to_x(const Sources& sources, Rounding) {
    return extended(static_cast<F>(sources[0]), 0);
}

template <typename F>
Answer move_from_x(const Sources& sources, Rounding) {
    return boxed(static_cast<F>(sources[0]), 0);
}

}  // namespace kiln::float_test
