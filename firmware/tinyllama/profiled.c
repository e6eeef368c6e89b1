#include "profiled.h"

#include "jit_runtime.h"
#include "vector.h"

void prepare(struct Activation* x, uint32_t size, const struct Checkpoint* checkpoint) {
    if (checkpoint->group_size == 0) return;
    jit_profile_begin("activation_quantise");
    activation_quantise(x, size, checkpoint->group_size);
    jit_profile_end("activation_quantise");
}

void normalise(struct Activation* out, const float* x, const float* weight,
               const struct Checkpoint* checkpoint) {
    const uint32_t size = checkpoint->dimensions.dim;
    jit_profile_begin("vector_rmsnorm");
    vector_rmsnorm(out->values, x, weight, size);
    jit_profile_end("vector_rmsnorm");
    prepare(out, size, checkpoint);
}

void multiply(float* out, const struct MatrixStack* stack, uint32_t index,
              const struct Activation* x) {
    const struct Matrix matrix = checkpoint_matrix(stack, index);
    jit_profile_begin("matrix_multiply");
    matrix_multiply(out, &matrix, x);
    jit_profile_end("matrix_multiply");
}
