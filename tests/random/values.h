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

// An encoding, in the low bits. `exponent` is the unbiased exponent that most numbers are near, so
// that sums of them cancel and round.
u64 random_float(Rng& rng, FloatFormat format, int exponent);

// Contents of a floating-point register of `width` bytes: mostly properly boxed.
u64 random_f_register(Rng& rng, unsigned width, FloatFormat format, int exponent);

}  // namespace kiln::random_test
