// Weights and the products with them.
//
// A matrix is rows of floats, or of int8 in groups: each run of `group_size` values of a row shares
// a scale, and value times scale is the weight. Sums are taken in the order of the columns, on
// every target the same operations in the same order, so that results are equal bit for bit.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct Matrix {
    uint32_t rows, columns;
    uint32_t group_size;  // 0: floats. Otherwise a divisor of `columns`.
    const float* values;  // floats only, row by row
    const int8_t* quantised;
    const float* scales;  // columns / group_size for each row
};

// A vector that matrices are multiplied with: floats, and room for its int8 form.
struct Activation {
    float* values;
    int8_t* quantised;
    float* scales;
};

// Derives the int8 form of the first `size` values; `group_size` divides `size`. A group's largest
// magnitude becomes 127. What is no finite number has no int8 form: the group's results are then
// unspecified, but nothing is read or written out of place.
void activation_quantise(struct Activation* x, uint32_t size, uint32_t group_size);

// out[row] = matrix[row] . x. An int8 matrix reads the int8 form of `x`, of the same group size.
void matrix_multiply(float* out, const struct Matrix* matrix, const struct Activation* x);

// out[column] = matrix[row][column].
void matrix_copy_row(float* out, const struct Matrix* matrix, uint32_t row);

#ifdef __cplusplus
}
#endif
