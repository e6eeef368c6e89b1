// The steps that attention, feed-forward and classifier share, measured by the profiler.
#pragma once

#include "checkpoint.h"
#include "matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

// Makes the first `size` floats of `x` ready to be multiplied with the checkpoint's matrices.
void prepare(struct Activation* x, uint32_t size, const struct Checkpoint* checkpoint);

// out = norm of the dim floats at `x`, ready to be multiplied.
void normalise(struct Activation* out, const float* x, const float* weight,
               const struct Checkpoint* checkpoint);

// out = matrix number `index` of the stack times `x`.
void multiply(float* out, const struct MatrixStack* stack, uint32_t index,
              const struct Activation* x);

#ifdef __cplusplus
}
#endif
