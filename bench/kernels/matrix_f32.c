// The product of two single-precision matrices, as three plain loops.
#include "kernel.h"

enum { kSize = 48 };
static float a[kSize][kSize], b[kSize][kSize], c[kSize][kSize];

uint64_t kernel(void) {
    uint64_t random = 0x106689d45497fdb5u, checksum = 0;
    for (int i = 0; i < kSize; i++) {
        for (int j = 0; j < kSize; j++) {
            a[i][j] = (float)(next_random(&random) % 2001) / 1000.0f - 1.0f;
            b[i][j] = (float)(next_random(&random) % 2001) / 1000.0f - 1.0f;
        }
    }
    for (uint64_t round = 0; round < WORK; round++) {
        for (int i = 0; i < kSize; i++) {
            for (int j = 0; j < kSize; j++) {
                float sum = 0;
                for (int k = 0; k < kSize; k++) sum += a[i][k] * b[k][j];
                c[i][j] = sum;
            }
        }
        int row = (int)(round % kSize);
        for (int j = 0; j < kSize; j++) a[row][j] = c[row][j] / 8.0f;
        checksum = fold(checksum, float_bits(c[row][row]));
    }
    return checksum;
}
