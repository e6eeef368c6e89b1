#include "math_check.h"

#include "float_math.h"
#include "hash.h"
#include "runtime.h"

// Magnitudes as bits, whose order is that of the numbers: exp of anything up to infinity, angles up
// to 2^10 (the context of most models), exponents of the rotation's frequencies from 0 to 1.
enum {
    kInfinity = 0x7f800000,
    kAngleLimit = 0x44800000,
    kOne = 0x3f800000,
    kDefaultStep = 9973,
};

static float as_float(uint32_t bits) {
    union {
        uint32_t bits;
        float value;
    } both = {bits};
    return both.value;
}

static float power(float exponent) { return powf(10000.0f, exponent); }

static const struct {
    const char* name;
    float (*function)(float x);
    uint32_t limit;
    bool negative;
} kFunctions[] = {
    {"exp", exponential, kInfinity, true},
    {"sin", sinf, kAngleLimit, false},
    {"cos", cosf, kAngleLimit, false},
    {"pow(10000, x)", power, kOne, false},
};

static uint64_t hash_range(float (*function)(float x), uint32_t sign, uint32_t limit, uint32_t step,
                           uint64_t hash) {
    for (uint64_t bits = 0; bits <= limit; bits += step) {
        hash = hash_float(hash, function(as_float(sign | (uint32_t)bits)));
    }
    return hash;
}

void math_check(void) {
    char word[12];
    uint32_t step = kDefaultStep;
    if (runtime_option("math_step", word, sizeof word)) step = (uint32_t)strtoul(word, NULL, 10);
    if (step == 0) step = kDefaultStep;
    for (unsigned i = 0; i < sizeof kFunctions / sizeof *kFunctions; ++i) {
        uint64_t hash =
            hash_range(kFunctions[i].function, 0, kFunctions[i].limit, step, kHashBasis);
        if (kFunctions[i].negative)
            hash = hash_range(kFunctions[i].function, 0x80000000u, kFunctions[i].limit, step, hash);
        printf("%s %016llx\n", kFunctions[i].name, (unsigned long long)hash);
    }
}
