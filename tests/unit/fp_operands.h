// Random operands for the floating point tests, thick where arithmetic goes wrong: special values,
// the ends of the normal and subnormal ranges, significands next to a tie of some format, and
// operands that are related to one another, so that sums cancel and results overflow or underflow.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <random>

#include "cpu/soft_float.h"

namespace kiln::test {

// How many random cases a test takes for each operation, format and rounding mode.
inline uint64_t fp_cases() {
    const char* text = std::getenv("KILN_FP_CASES");
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 20000;
}

class FpOperands {
  public:
    explicit FpOperands(uint64_t seed) : random_(seed) {}

    uint64_t below(uint64_t limit) { return random_() % limit; }

    template <typename F>
    F any() {
        switch (below(8)) {
            case 0:
                return special<F>();
            case 1:
                return F(special<F>() + F(below(9)) - 4);
            case 2:
                return F(random_());
            case 3:
                return F((random_() & soft::Format<F>::kSign) | significand<F>());  // tiny
            default:
                return assemble<F>(exponent<F>(), significand<F>());
        }
    }

    // N operands, at times with related magnitudes.
    template <typename F, size_t N>
    std::array<F, N> tuple() {
        std::array<F, N> operands;
        for (F& operand : operands) operand = any<F>();
        if constexpr (N == 2) {
            if (below(2) == 0) operands[1] = near(operands[0]);
        }
        if constexpr (N == 3) {
            uint32_t ignored = 0;
            if (below(4) == 0) operands[1] = reciprocal(operands[0]);
            const F product = soft::mul(operands[0], operands[1], soft::Rounding::kRne, ignored);
            if (below(2) == 0) operands[2] = near(product);
        }
        return operands;
    }

    // An integer of any width, often a few significant bits or next to a power of two.
    template <typename Int>
    Int integer() {
        const uint64_t bits = significand<uint64_t>() << 12 | (random_() & 0xfff);
        const uint64_t value = bits >> below(64);
        const uint64_t power = uint64_t{1} << below(64);
        switch (below(4)) {
            case 0:
                return static_cast<Int>(power + below(5) - 2);
            case 1:
                return static_cast<Int>(0 - value);
            default:
                return static_cast<Int>(value);
        }
    }

    // Zeros, limits of the ranges, infinities and NaNs, without their signs.
    template <typename F>
    static constexpr std::array<F, 14> edges() {
        using L = soft::Format<F>;
        return {
            0,                                           // zero
            1,                                           // the least subnormal
            2,                                           //
            L::kHidden - 1,                              // the largest subnormal
            L::kHidden,                                  // the least normal
            L::kHidden + 1,                              //
            L::kHidden * 2,                              //
            L::kInfinity - 1,                            // the largest finite
            L::kInfinity - 2,                            //
            L::kInfinity,                                //
            L::kInfinity + 1,                            // a signaling NaN
            L::kNan,                                     // the canonical NaN
            L::kNan | 1,                                 // another quiet one
            (L::kInfinity >> 1) & F(~(L::kHidden - 1)),  // 1.0 or next to it
        };
    }

  private:
    template <typename F>
    F special() {
        static constexpr auto kValues = edges<F>();
        return F(kValues[below(kValues.size())] | (random_() & soft::Format<F>::kSign));
    }

    // Random leading bits and, below some place, a pattern on, above or below a tie, or all alike.
    template <typename F>
    F significand() {
        const F mask = soft::Format<F>::kHidden - 1;
        const auto place = below(soft::Format<F>::kFractionBits + 1);
        const uint64_t unit = uint64_t{1} << place;
        const std::array<uint64_t, 6> tails = {0,
                                               unit - 1,
                                               unit >> 1,
                                               (unit >> 1) | 1,
                                               (unit >> 1) - (unit > 1 ? 1 : 0),
                                               random_() & (unit - 1)};
        return F((((random_() << place) | tails[below(tails.size())])) & mask);
    }

    // A biased exponent: anywhere, or within the range that matters to another format or an
    // integer.
    template <typename F>
    uint64_t exponent() {
        using L = soft::Format<F>;
        const int64_t bias = 1 - L::kMinExponent;
        static constexpr std::array<int64_t, 5> kSpans = {4, 30, 70, 160, 1100};
        const int64_t span = kSpans[below(kSpans.size())];
        const int64_t unbiased = static_cast<int64_t>(below(2 * span + 1)) - span;
        const int64_t wrapped = (unbiased + bias) & ((1 << L::kExponentBits) - 1);
        return static_cast<uint64_t>(wrapped);
    }

    template <typename F>
    F assemble(uint64_t exponent, F significand) {
        using L = soft::Format<F>;
        return F((random_() & L::kSign) | exponent << L::kFractionBits | significand);
    }

    // The same exponent or one a few places away, either sign; at times all but equal.
    template <typename F>
    F near(F a) {
        using L = soft::Format<F>;
        const F sign = F(random_() & L::kSign);
        if (below(3) == 0) return F((a ^ sign) + F(below(5)) - 2);
        const uint64_t reach = uint64_t{1} << below(L::kExponentBits - 2);
        const uint64_t exponent = (a >> L::kFractionBits) + below(2 * reach + 1) - reach;
        return F(((exponent << L::kFractionBits) & L::kInfinity) | sign | significand<F>());
    }

    // Of an exponent such that the product with `a` is near 1, or near a limit of the format.
    template <typename F>
    F reciprocal(F a) {
        using L = soft::Format<F>;
        const uint64_t bias = 1 - L::kMinExponent;
        const uint64_t field = soft::magnitude(a) >> L::kFractionBits;
        const std::array<uint64_t, 3> targets = {2 * bias, bias, 3 * bias};
        const uint64_t exponent = targets[below(3)] + below(9) - 4 - field;
        return assemble<F>(exponent & ((1u << L::kExponentBits) - 1), significand<F>());
    }

    std::mt19937_64 random_;
};

}  // namespace kiln::test
