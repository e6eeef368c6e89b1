#include "vector.h"

#include "float_math.h"

void vector_rmsnorm(float* out, const float* x, const float* weight, uint32_t size) {
    float squares = 0.0f;
    for (uint32_t i = 0; i < size; ++i) squares += x[i] * x[i];
    const float scale = 1.0f / square_root(squares / (float)size + 1e-5f);
    for (uint32_t i = 0; i < size; ++i) out[i] = weight[i] * (scale * x[i]);
}

void vector_softmax(float* x, uint32_t size) {
    const float largest = x[vector_largest(x, size)];
    float sum = 0.0f;
    for (uint32_t i = 0; i < size; ++i) {
        x[i] = exponential(x[i] - largest);
        sum += x[i];
    }
    const float scale = 1.0f / sum;
    for (uint32_t i = 0; i < size; ++i) x[i] *= scale;
}

void vector_add(float* x, const float* y, uint32_t size) {
    for (uint32_t i = 0; i < size; ++i) x[i] += y[i];
}

void vector_swiglu(float* gate, const float* up, uint32_t size) {
    for (uint32_t i = 0; i < size; ++i) gate[i] = gate[i] / (1.0f + exponential(-gate[i])) * up[i];
}

uint32_t vector_largest(const float* x, uint32_t size) {
    uint32_t largest = 0;
    for (uint32_t i = 1; i < size; ++i) {
        if (x[i] > x[largest]) largest = i;
    }
    return largest;
}
