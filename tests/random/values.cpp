#include "values.h"

#include <algorithm>

namespace kiln::random_test {
namespace {

constexpr u64 low_mask(unsigned bits) { return bits >= 64 ? ~u64{0} : (u64{1} << bits) - 1; }

// Fractions with few ones, and with what makes and breaks ties behind a cut.
u64 random_fraction(Rng& rng, unsigned width) {
    const u64 all = low_mask(width);
    if (rng.percent(15)) return 0;
    if (rng.percent(15)) return rng.pick({all, all - 1, u64{1}});
    if (rng.percent(15)) return (u64{1} << rng.below(width)) & all;
    if (rng.percent(30)) return rng.bits() & all;
    unsigned kept = rng.pick({10u, 23u, static_cast<unsigned>(rng.below(width))});
    if (kept >= width) kept = static_cast<unsigned>(rng.below(width));
    const unsigned rest = width - kept;
    const u64 half = u64{1} << (rest - 1);
    const u64 tail = rng.pick({u64{0}, half, half - 1, half + 1, low_mask(rest), u64{1}});
    const u64 head = rng.percent(25) ? all : rng.bits();
    return (head << rest | (tail & low_mask(rest))) & all;
}

// Unbiased exponents at which this or a narrower format, or an integer, ends.
int edge_exponent(Rng& rng) {
    const int edge =
        rng.pick({0, -1, 15, -14, -24, 127, -126, -149, 1023, -1022, 31, 32, 63, 64, 52, 23, 10});
    return edge + static_cast<int>(rng.between(-2, 2));
}

}  // namespace

u64 random_integer(Rng& rng) {
    switch (rng.below(8)) {
        case 0:
            return static_cast<u64>(rng.between(-4, 8));
        case 1:
            return static_cast<u64>(rng.between(-2, 2)) + (u64{1} << rng.below(64));
        case 2:
            return ~(u64{1} << rng.below(64));
        case 3:
            return rng.pick({u64{0x7fffffff}, u64{0x80000000}, u64{0xffffffff80000000},
                             u64{0xffffffff}, ~u64{0} >> 1, u64{1} << 63, u64{0x100000000},
                             u64{0xffff}, u64{0x8000}, u64{0x80}, u64{0xff}});
        case 4:
            return static_cast<u64>(static_cast<i64>(static_cast<i32>(rng.bits())));
        case 5:
            return rng.bits() >> rng.below(64);
        case 6:
            return rng.bits() & rng.bits() & rng.bits();
        default:
            return rng.bits();
    }
}

FloatTaste random_taste(Rng& rng, FloatFormat format) {
    const int largest = (1 << (format.exponent_bits - 1)) - 1;
    const int digits = static_cast<int>(format.fraction_bits);
    int exponent = 0;
    // Where products, sums and conversions meet the ends of this or of a narrower format.
    if (rng.percent(50))
        exponent = rng.pick({-largest, -largest / 2, -largest - digits / 2, largest, largest / 2,
                             -digits, -14, -24, 15, -126, 127, 31, 63});
    exponent = std::clamp(exponent, -largest - digits, largest);
    return {format, exponent, rng.percent(15)};
}

u64 random_float(Rng& rng, const FloatTaste& taste) {
    const FloatFormat format = taste.format;
    const u64 sign = rng.below(2) << (format.bits() - 1);
    const u64 top = low_mask(format.exponent_bits);
    const u64 one = u64{1} << format.fraction_bits;  // of the exponent
    const u64 quiet = one >> 1;
    const u64 infinity = top * one;
    const u64 fraction = random_fraction(rng, format.fraction_bits);
    int exponent = taste.exponent + static_cast<int>(rng.between(-3, 3));
    switch (rng.below(taste.special ? 12 : 32)) {
        case 0:
        case 1:
            return sign;
        case 2:
        case 3:
            return sign | infinity;
        case 4:
            return infinity | quiet;
        case 5:
            return sign | infinity | quiet | fraction;
        case 6:
            return sign | infinity | std::max<u64>(fraction & ~quiet, 1);
        case 7:
        case 8:
            return sign | fraction;  // subnormal or zero
        case 9:
            return sign | one | fraction;
        case 10:
            return sign | (infinity - one) | fraction;
        case 11:
            return sign | (rng.bits() & low_mask(format.bits() - 1));
        case 12:
        case 13:
        case 14:
            exponent = edge_exponent(rng);
            break;
        default:
            break;
    }
    const int bias = static_cast<int>(top >> 1);
    const int biased = std::clamp(exponent + bias, 0, static_cast<int>(top) - 1);
    return sign | static_cast<u64>(biased) * one | fraction;
}

u64 random_f_register(Rng& rng, unsigned width, const FloatTaste& taste) {
    const FloatFormat format = taste.format;
    const u64 value = random_float(rng, taste);
    const u64 whole = low_mask(8 * width);
    const u64 box = whole & ~low_mask(format.bits());
    if (rng.percent(94)) return value | box;
    // Not a box: all but one bit of it, or none.
    if (box != 0 && rng.percent(50)) {
        const u64 hole = format.bits() + rng.below(8 * width - format.bits());
        return (value | box) & ~(u64{1} << hole);
    }
    return rng.bits() & whole;
}

}  // namespace kiln::random_test
