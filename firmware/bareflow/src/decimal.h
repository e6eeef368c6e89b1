// Exact conversion between binary and decimal: a number from 0 up to the largest double, as decimal
// digits with a fixed point. Every double has its exact value here (at most 309 digits before the
// point and 1074 behind it), and so has every value half-way between two doubles, so what is
// rounded from it is rounded correctly.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    kLimbDigits = 9,
    kIntegerLimbs = 35,
    kFractionLimbs = 122,
    kLimbs = kIntegerLimbs + kFractionLimbs,
    // The powers of ten of the first and the last digit that there is room for.
    kHighestPlace = kLimbDigits * kIntegerLimbs - 1,
    kLowestPlace = -kLimbDigits * kFractionLimbs,
};

struct Decimal {
    int first;  // the limbs from `first` up to `end` may be other than zero
    int end;
    uint32_t limbs[kLimbs];  // 9 digits each, the highest first
};

// `magnitude` is finite and not negative.
void decimal_set(struct Decimal* decimal, double magnitude);

void decimal_clear(struct Decimal* decimal);

// Adds a digit at a place that had none: `digit` times ten to the power of `place`. Below
// kLowestPlace all that is kept is that there was something. False above kHighestPlace.
bool decimal_add_digit(struct Decimal* decimal, long place, unsigned digit);

// The nearest double, the even one if there are two; infinity beyond the largest. Changes
// `decimal`.
double decimal_to_double(struct Decimal* decimal);

// 0 at places that there is no room for.
unsigned decimal_digit(const struct Decimal* decimal, int place);

// The place of the highest digit that is not 0; 0 for zero.
int decimal_highest_place(const struct Decimal* decimal);

// Rounds to a multiple of ten to the power of `place`, half to even.
void decimal_round(struct Decimal* decimal, int place);
