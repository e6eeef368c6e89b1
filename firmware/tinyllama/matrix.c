#include "matrix.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    kRows = 4,     // that share the loads of the vector
    kColumns = 8,  // that share the steps of the loop
};

static inline float magnitude(float x) { return x < 0.0f ? -x : x; }

// Nearest integer, ties to even, of a value from -127 to 127: adding 1.5 * 2^23 leaves no bits for
// a fraction, and the integer in the low bits of the sum.
static inline int8_t nearest_int8(float x) {
    union {
        float value;
        uint32_t bits;
    } sum = {x + 12582912.0f};
    return (int8_t)(uint8_t)sum.bits;
}

static void quantise_group(int8_t* restrict out, float* restrict scale, const float* restrict x,
                           uint32_t size) {
    float largest = 0.0f;
    for (uint32_t i = 0; i < size; ++i) {
        const float value = magnitude(x[i]);
        if (value > largest) largest = value;
    }
    // Below this the inverse would overflow; such a group counts as zeros.
    const bool vanishes = largest < 0x1p-100f;
    const float inverse = vanishes ? 0.0f : 127.0f / largest;
    *scale = vanishes ? 0.0f : largest / 127.0f;
    for (uint32_t i = 0; i < size; ++i) out[i] = nearest_int8(x[i] * inverse);
}

void activation_quantise(struct Activation* x, uint32_t size, uint32_t group_size) {
    for (uint32_t group = 0; group < size / group_size; ++group) {
        const size_t at = (size_t)group * group_size;
        quantise_group(x->quantised + at, x->scales + group, x->values + at, group_size);
    }
}

// Four rows at once. Every sum still takes its columns one by one, from the first on; `columns` of
// them are a multiple of kColumns. The pointers move once for each group of columns, because guests
// pay for every instruction.
static void multiply_block(float* restrict sums, const float* restrict row0, size_t stride,
                           const float* restrict x, uint32_t columns) {
    const float* restrict row1 = row0 + stride;
    const float* restrict row2 = row1 + stride;
    const float* restrict row3 = row2 + stride;
    float sum0 = 0.0f, sum1 = 0.0f, sum2 = 0.0f, sum3 = 0.0f;
    for (const float* end = x + columns; x != end; x += kColumns) {
#pragma GCC unroll 8
        for (int i = 0; i < kColumns; ++i) {
            sum0 += row0[i] * x[i];
            sum1 += row1[i] * x[i];
            sum2 += row2[i] * x[i];
            sum3 += row3[i] * x[i];
        }
        row0 += kColumns;
        row1 += kColumns;
        row2 += kColumns;
        row3 += kColumns;
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
}

// sum + weights . x.
static float multiply_row(float sum, const float* restrict weights, const float* restrict x,
                          uint32_t columns) {
    for (uint32_t i = 0; i < columns; ++i) sum += weights[i] * x[i];
    return sum;
}

static void multiply_floats(float* out, const struct Matrix* matrix, const float* x) {
    const uint32_t columns = matrix->columns;
    const uint32_t grouped = columns - columns % kColumns;
    const float* weights = matrix->values;
    uint32_t row = 0;
    for (; row + kRows <= matrix->rows; row += kRows) {
        multiply_block(out + row, weights, columns, x, grouped);
        for (uint32_t i = 0; i < kRows; ++i, weights += columns) {
            out[row + i] =
                multiply_row(out[row + i], weights + grouped, x + grouped, columns - grouped);
        }
    }
    for (; row < matrix->rows; ++row, weights += columns) {
        out[row] = multiply_row(0.0f, weights, x, columns);
    }
}

// A group holds at most 2^17 values, and 2^17 * 128 * 128 fits 32 bits.
static inline int32_t multiply_group(const int8_t* restrict a, const int8_t* restrict b,
                                     uint32_t size) {
    int32_t sum = 0;
    for (uint32_t i = 0; i < size; ++i) sum += a[i] * b[i];
    return sum;
}

static void multiply_quantised(float* out, const struct Matrix* matrix,
                               const struct Activation* x) {
    const uint32_t group_size = matrix->group_size;
    const uint32_t groups = matrix->columns / group_size;
    const int8_t* weights = matrix->quantised;
    const float* scales = matrix->scales;
    for (uint32_t row = 0; row < matrix->rows; ++row) {
        const int8_t* values = x->quantised;
        float sum = 0.0f;
        for (uint32_t group = 0; group < groups; ++group) {
            const int32_t product = multiply_group(weights, values, group_size);
            sum += (float)product * (scales[group] * x->scales[group]);
            weights += group_size;
            values += group_size;
        }
        out[row] = sum;
        scales += groups;
    }
}

void matrix_multiply(float* out, const struct Matrix* matrix, const struct Activation* x) {
    if (matrix->group_size == 0)
        multiply_floats(out, matrix, x->values);
    else
        multiply_quantised(out, matrix, x);
}

void matrix_copy_row(float* out, const struct Matrix* matrix, uint32_t row) {
    const size_t start = (size_t)row * matrix->columns;
    for (uint32_t i = 0; i < matrix->columns; ++i) {
        const size_t at = start + i;
        out[i] = matrix->group_size == 0
                     ? matrix->values[at]
                     : (float)matrix->quantised[at] * matrix->scales[at / matrix->group_size];
    }
}
