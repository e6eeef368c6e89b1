#include "decimal.h"

#include "runtime.h"

enum { kBase = 1000000000, kMantissaBits = 52, kExponentBias = 1075, kMinExponent = -1074 };

static const uint32_t kPowers[kLimbDigits] = {1,      10,      100,      1000,     10000,
                                              100000, 1000000, 10000000, 100000000};

// --- Places --------------------------------------------------------------------------------------

static int limb_at(int place) { return kLimbs - 1 - (place - kLowestPlace) / kLimbDigits; }

static uint32_t power_at(int place) { return kPowers[(place - kLowestPlace) % kLimbDigits]; }

void decimal_clear(struct Decimal* decimal) { memset(decimal, 0, sizeof *decimal); }

static void widen(struct Decimal* decimal, int limb) {
    if (decimal->first == decimal->end) decimal->first = decimal->end = limb;
    if (limb < decimal->first) decimal->first = limb;
    if (limb >= decimal->end) decimal->end = limb + 1;
}

bool decimal_add_digit(struct Decimal* decimal, long place, unsigned digit) {
    if (place > kHighestPlace) return false;
    int limb = place < kLowestPlace ? kLimbs - 1 : limb_at((int)place);
    widen(decimal, limb);
    if (place < kLowestPlace)
        decimal->limbs[limb] |= 1;
    else
        decimal->limbs[limb] += digit * power_at((int)place);
    return true;
}

unsigned decimal_digit(const struct Decimal* decimal, int place) {
    if (place < kLowestPlace || place > kHighestPlace) return 0;
    return decimal->limbs[limb_at(place)] / power_at(place) % 10;
}

int decimal_highest_place(const struct Decimal* decimal) {
    for (int i = decimal->first; i < decimal->end; ++i) {
        if (!decimal->limbs[i]) continue;
        int place = (kIntegerLimbs - i) * kLimbDigits - 1;
        while (!decimal_digit(decimal, place)) --place;
        return place;
    }
    return 0;
}

// --- Rounding ------------------------------------------------------------------------------------

static bool any_from(const struct Decimal* decimal, int limb) {
    for (; limb < decimal->end; ++limb)
        if (decimal->limbs[limb]) return true;
    return false;
}

static void increment(struct Decimal* decimal, int place) {
    uint32_t add = power_at(place);
    for (int i = limb_at(place); add; add = 1, --i) {
        widen(decimal, i);
        decimal->limbs[i] += add;
        if (decimal->limbs[i] < kBase) return;
        decimal->limbs[i] -= kBase;
    }
}

void decimal_round(struct Decimal* decimal, int place) {
    if (place <= kLowestPlace || place > kHighestPlace) return;
    unsigned next = decimal_digit(decimal, place - 1);
    int next_limb = limb_at(place - 1);
    bool more = decimal->limbs[next_limb] % power_at(place - 1) || any_from(decimal, next_limb + 1);
    bool up = next > 5 || (next == 5 && (more || decimal_digit(decimal, place) % 2));

    int limb = limb_at(place);
    decimal->limbs[limb] -= decimal->limbs[limb] % power_at(place);
    for (int i = limb + 1; i < decimal->end; ++i) decimal->limbs[i] = 0;
    if (up) increment(decimal, place);
}

// --- Powers of two -------------------------------------------------------------------------------

// There is room: the result is below ten to the power of kHighestPlace + 1.
static void multiply(struct Decimal* decimal, int bits) {
    while (bits > 0) {
        int step = bits < 29 ? bits : 29;
        uint64_t carry = 0;
        for (int i = decimal->end; i-- > decimal->first;) {
            uint64_t value = ((uint64_t)decimal->limbs[i] << step) + carry;
            carry = value / kBase;
            decimal->limbs[i] = (uint32_t)(value % kBase);
        }
        if (carry) decimal->limbs[--decimal->first] = (uint32_t)carry;
        while (decimal->end > decimal->first && !decimal->limbs[decimal->end - 1]) --decimal->end;
        bits -= step;
    }
}

// What is lost below the last place leaves a mark there, so that rounding knows of it.
static void divide(struct Decimal* decimal, int bits) {
    while (bits > 0) {
        int step =
            bits < kLimbDigits ? bits : kLimbDigits;  // the base is a multiple of 2 to the 9th
        uint32_t rest = 0;
        for (int i = decimal->first; i < decimal->end; ++i) {
            uint32_t value = decimal->limbs[i];
            decimal->limbs[i] = (value >> step) + rest * ((uint32_t)kBase >> step);
            rest = value & ((1u << step) - 1);
        }
        if (rest && decimal->end < kLimbs)
            decimal->limbs[decimal->end++] = rest * ((uint32_t)kBase >> step);
        else if (rest)
            decimal->limbs[kLimbs - 1] |= 1;
        while (decimal->first < decimal->end && !decimal->limbs[decimal->first]) ++decimal->first;
        bits -= step;
    }
}

union Bits {
    double value;
    uint64_t bits;
};

void decimal_set(struct Decimal* decimal, double magnitude) {
    uint64_t bits = (union Bits){.value = magnitude}.bits;
    uint64_t mantissa = bits & ((1ull << kMantissaBits) - 1);
    int exponent = (int)(bits >> kMantissaBits) & 0x7ff;
    if (exponent)
        mantissa |= 1ull << kMantissaBits;
    else
        exponent = 1;
    exponent -= kExponentBias;

    decimal_clear(decimal);
    decimal->limbs[kIntegerLimbs - 1] = (uint32_t)(mantissa % kBase);
    decimal->limbs[kIntegerLimbs - 2] = (uint32_t)(mantissa / kBase);
    decimal->first = kIntegerLimbs - 2;
    decimal->end = kIntegerLimbs;
    multiply(decimal, exponent);
    divide(decimal, -exponent);
}

// The integer part if it is below 10 to the 18th, else something above 2 to the 53rd.
static uint64_t integer_part(const struct Decimal* decimal) {
    if (decimal->first < kIntegerLimbs - 2) return UINT64_MAX;
    return (uint64_t)decimal->limbs[kIntegerLimbs - 2] * kBase + decimal->limbs[kIntegerLimbs - 1];
}

static int bit_length(uint64_t value) { return value ? 64 - __builtin_clzll(value) : 0; }

// Multiplies by a power of two so that the integer part gets 53 bits, or fewer if the exponent
// would become too small. Returns the exponent that undoes it.
static int normalise(struct Decimal* decimal) {
    int exponent = 0;
    uint64_t integer;
    while ((integer = integer_part(decimal)) == UINT64_MAX) {
        divide(decimal, kLimbDigits);
        exponent += kLimbDigits;
    }
    int excess = bit_length(integer) - (kMantissaBits + 1);
    if (excess > 0) {
        divide(decimal, excess);
        return exponent + excess;
    }
    while (bit_length(integer) <= kMantissaBits && exponent > kMinExponent) {
        int bits = integer ? kMantissaBits + 1 - bit_length(integer) : 29;
        if (bits > exponent - kMinExponent) bits = exponent - kMinExponent;
        multiply(decimal, bits);
        exponent -= bits;
        integer = integer_part(decimal);
    }
    return exponent;
}

double decimal_to_double(struct Decimal* decimal) {
    if (!any_from(decimal, decimal->first)) return 0;
    while (!decimal->limbs[decimal->first]) ++decimal->first;
    int exponent = normalise(decimal);
    decimal_round(decimal, 0);
    uint64_t mantissa = integer_part(decimal);
    if (mantissa >> (kMantissaBits + 1)) {
        mantissa >>= 1;
        ++exponent;
    }
    uint64_t biased = mantissa >> kMantissaBits ? (uint64_t)(exponent + kExponentBias) : 0;
    if (biased >= 0x7ff) return (union Bits){.bits = 0x7ffull << kMantissaBits}.value;
    return (union Bits){.bits =
                            biased << kMantissaBits | (mantissa & ((1ull << kMantissaBits) - 1))}
        .value;
}
