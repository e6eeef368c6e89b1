// The functions of libm that inference needs. Every target has them from the same family of
// sources, which work in single precision only and so give the same bits everywhere (see
// libm/CMakeLists.txt).
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

float expf(float x);
float sinf(float x);
float cosf(float x);
float powf(float base, float exponent);

// e^x, for every x the same bits whichever libm has expf. Next to 0 picolibc takes 1 + x; newlib
// does so for smaller x only, and of the others has another result for one, -1.5 * 2^-24.
static inline float exponential(float x) {
    return x > -0x1p-23f && x < 0x1p-23f ? 1.0f + x : expf(x);
}

// One instruction on every target, correctly rounded as IEEE 754 asks.
static inline float square_root(float x) { return __builtin_sqrtf(x); }

#ifdef __cplusplus
}
#endif
