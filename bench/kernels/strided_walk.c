// Reads and writes with strides from one byte to more than a page, in every width.
#include "kernel.h"

enum { kBytes = 1 << 20, kSteps = 1 << 14 };
static union {
    uint8_t bytes[kBytes];
    uint16_t halves[kBytes / 2];
    uint32_t words[kBytes / 4];
    uint64_t doubles[kBytes / 8];
} memory;

uint64_t kernel(void) {
    static const uint32_t strides[] = {1, 3, 8, 64, 72, 520, 4096, 4160};
    uint64_t checksum = 1;
    for (uint64_t round = 0; round < WORK; round++) {
        for (uint32_t s = 0; s < sizeof strides / sizeof *strides; s++) {
            uint32_t at = (uint32_t)round & 63;
            for (uint32_t i = 0; i < kSteps; i++) {
                memory.bytes[at] = (uint8_t)(memory.bytes[at] + i);
                memory.doubles[at / 8] += checksum;
                checksum += memory.words[at / 4] + memory.halves[at / 2 ^ 1];
                at = (at + strides[s]) & (kBytes - 1);
            }
        }
    }
    return checksum;
}
