// The operations on vectors between the products. Sums are taken from the first element to the
// last.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// out = x / root mean square of x * weight, with 1e-5 added to the mean square. `out` may be `x`.
void vector_rmsnorm(float* out, const float* x, const float* weight, uint32_t size);

// x = e^x / sum of e^x, without overflow: the largest element is taken from all first.
void vector_softmax(float* x, uint32_t size);

// x += y.
void vector_add(float* x, const float* y, uint32_t size);

// gate = gate * sigmoid(gate) * up, the gated unit of the feed-forward part.
void vector_swiglu(float* gate, const float* up, uint32_t size);

// The index of the first largest element; 0 if there is none, as among NaNs.
uint32_t vector_largest(const float* x, uint32_t size);

#ifdef __cplusplus
}
#endif
