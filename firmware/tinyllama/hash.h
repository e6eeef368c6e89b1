// FNV-1a, 64 bits, over the bytes of floats. For comparing runs, bit for bit.
#pragma once

#include <stdint.h>

static const uint64_t kHashBasis = 0xcbf29ce484222325u;

static inline uint64_t hash_float(uint64_t hash, float value) {
    union {
        float value;
        uint32_t bits;
    } bits = {value};
    for (int shift = 0; shift < 32; shift += 8) {
        hash = (hash ^ (bits.bits >> shift & 0xff)) * 0x100000001b3u;
    }
    return hash;
}

static inline uint64_t hash_floats(const float* values, uint32_t count) {
    uint64_t hash = kHashBasis;
    for (uint32_t i = 0; i < count; ++i) hash = hash_float(hash, values[i]);
    return hash;
}
