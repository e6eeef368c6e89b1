// A 5 by 5 convolution over a single-precision image with a clamp of the result, back and forth.
#include "kernel.h"

enum { kSize = 64, kRadius = 2, kTaps = 2 * kRadius + 1 };
static float image[2][kSize][kSize];
static float weights[kTaps][kTaps];

static void convolve(float (*to)[kSize], float (*from)[kSize]) {
    for (int y = kRadius; y < kSize - kRadius; y++) {
        for (int x = kRadius; x < kSize - kRadius; x++) {
            float sum = 0;
            for (int dy = 0; dy < kTaps; dy++) {
                for (int dx = 0; dx < kTaps; dx++) {
                    sum += weights[dy][dx] * from[y + dy - kRadius][x + dx - kRadius];
                }
            }
            to[y][x] = sum < 0 ? 0 : sum > 255 ? 255 : sum;
        }
    }
}

uint64_t kernel(void) {
    uint64_t random = 0x9fb21c651e98df25u, checksum = 0;
    for (int y = 0; y < kSize; y++) {
        for (int x = 0; x < kSize; x++) image[0][y][x] = (float)(next_random(&random) & 255);
    }
    for (int y = 0; y < kTaps; y++) {
        for (int x = 0; x < kTaps; x++) {
            weights[y][x] = 0.04f + ((float)(next_random(&random) & 15) - 7.5f) / 1024.0f;
        }
    }
    for (uint64_t round = 0; round < WORK; round++) {
        convolve(image[~round & 1], image[round & 1]);
        checksum = fold(checksum, float_bits(image[~round & 1][round % 32 + 8][kSize / 2]));
    }
    return checksum;
}
