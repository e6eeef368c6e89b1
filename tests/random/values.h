// Operand values that meet edges: limits of integers, and floating-point numbers near the limits of
// every format and near the ties of a narrower one.
#pragma once

#include "rng.h"

namespace kiln::random_test {

// A binary format by its field widths.
struct FloatFormat {
    unsigned exponent_bits;
    unsigned fraction_bits;

    unsigned bits() const { return 1 + exponent_bits + fraction_bits; }
};
inline constexpr FloatFormat kHalf{5, 10};
inline constexpr FloatFormat kSingle{8, 23};
inline constexpr FloatFormat kDouble{11, 52};

u64 random_integer(Rng& rng);

// What the numbers of a sequence have in common.
struct FloatTaste {
    FloatFormat format;
    int exponent;  // unbiased; most numbers are near it, so that sums cancel and round
    bool special;  // mostly zeros, infinities, NaNs and subnormals
};
FloatTaste random_taste(Rng& rng, FloatFormat format);

// An encoding of taste.format, in the low bits.
u64 random_float(Rng& rng, const FloatTaste& taste);

// Contents of a floating-point register of `width` bytes: mostly properly boxed.
u64 random_f_register(Rng& rng, unsigned width, const FloatTaste& taste);

}  // namespace kiln::random_test
