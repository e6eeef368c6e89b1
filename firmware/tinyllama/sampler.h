// The choice of the next token.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

#ifdef __cplusplus
extern "C" {
#endif

struct Candidate {
    float probability;
    uint32_t token;
};

struct Sampler {
    uint32_t vocab_size;
    float temperature;  // 0: always the likeliest token
    float top_p;        // 0 or 1: all tokens take part
    uint64_t state;     // of the generator
    struct Candidate* candidates;
};

// temperature at least 0; top_p from 0 to 1. Equal seeds give equal choices. False, and the reason
// in `failure`, when RAM is too small.
bool sampler_create(struct Sampler* sampler, uint32_t vocab_size, float temperature, float top_p,
                    uint64_t seed, struct Failure* failure);

void sampler_destroy(struct Sampler* sampler);

// The token that follows. The logits are used up.
uint32_t sampler_next(struct Sampler* sampler, float* logits);

// The next number of the generator, from 0 up to but without 1, a multiple of 2^-24.
float sampler_random(struct Sampler* sampler);

#ifdef __cplusplus
}
#endif
