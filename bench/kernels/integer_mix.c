// Straight-line 64-bit and 32-bit arithmetic: add, logic, shifts, multiply, now and then a
// division.
#include "kernel.h"

uint64_t kernel(void) {
    uint64_t a = 0x243f6a8885a308d3u, b = 0x13198a2e03707344u;
    uint32_t c = 0xa4093822u, d = 0x299f31d0u;
    for (uint64_t i = 1; i <= WORK; i++) {
        a += (b << 7) ^ (b >> 11);
        c = (c << 5 | c >> 27) + (uint32_t)a;
        b ^= a * 0x9e3779b97f4a7c15u;
        d -= (c & 0x0f0f0f0fu) | (d >> 3);
        a ^= (uint64_t)(int64_t)(int32_t)d >> 1;
        if (i % 16 == 0) b += a / (i | 1) + c % 1009;
    }
    return fold(fold(a, b), (uint64_t)c << 32 | d);
}
