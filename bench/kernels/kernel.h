// What every benchmark kernel shares. A kernel is one C file that compiles for the guest and for
// the host and does the same work on both: no library, no input, WORK rounds of it.
#pragma once

#include <stdint.h>

// Does the work and returns a checksum of its results.
uint64_t kernel(void);

// Marsaglia's xorshift64: a cheap sequence that is the same everywhere. `*state` must not be 0.
static inline uint64_t next_random(uint64_t* state) {
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *state = x;
    return x;
}

// Folds `value` into a checksum such that the order matters.
static inline uint64_t fold(uint64_t checksum, uint64_t value) {
    return (checksum ^ value) * 0x100000001b3u + (checksum >> 29);
}

static inline uint64_t float_bits(float value) {
    union {
        float f;
        uint32_t u;
    } bits = {.f = value};
    return bits.u;
}

static inline uint64_t double_bits(double value) {
    union {
        double d;
        uint64_t u;
    } bits = {.d = value};
    return bits.u;
}
