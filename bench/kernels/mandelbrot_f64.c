// The Mandelbrot set in double precision: a short dependent loop with a compare in each iteration.
#include "kernel.h"

enum { kWidth = 32, kHeight = 32, kIterations = 200 };

static uint32_t escape_time(double cx, double cy) {
    double x = 0, y = 0;
    for (uint32_t i = 0; i < kIterations; i++) {
        double xx = x * x, yy = y * y;
        if (xx + yy > 4.0) return i;
        y = 2 * x * y + cy;
        x = xx - yy + cx;
    }
    return kIterations;
}

uint64_t kernel(void) {
    uint64_t checksum = 0;
    for (uint64_t round = 0; round < WORK; round++) {
        double scale = 3.0 / (double)(1 + round % 8);
        for (int py = 0; py < kHeight; py++) {
            for (int px = 0; px < kWidth; px++) {
                double cx = -0.7 + scale * ((double)px / kWidth - 0.5);
                double cy = 0.1 + scale * ((double)py / kHeight - 0.5);
                checksum = fold(checksum, escape_time(cx, cy));
            }
        }
    }
    return checksum;
}
