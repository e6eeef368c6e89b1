// CRC-32 (IEEE 802.3), by table and, for a part, bit by bit.
#include "kernel.h"

enum { kBytes = 1 << 14 };
static uint8_t data[kBytes];
static uint32_t table[256];

static uint32_t step_bits(uint32_t crc) {
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xedb88320u & -(crc & 1));
    return crc;
}

uint64_t kernel(void) {
    uint64_t random = 0xfeedfacecafef00du, checksum = 0;
    for (uint32_t i = 0; i < 256; i++) table[i] = step_bits(i);
    for (uint32_t i = 0; i < kBytes; i++) data[i] = (uint8_t)next_random(&random);
    for (uint64_t round = 0; round < WORK; round++) {
        uint32_t crc = 0xffffffffu;
        for (uint32_t i = 0; i < kBytes; i++) crc = table[(crc ^ data[i]) & 255] ^ crc >> 8;
        for (uint32_t i = 0; i < kBytes / 16; i++) crc = step_bits(crc ^ data[i]);
        data[round % kBytes] ^= (uint8_t)crc;
        checksum = fold(checksum, ~crc);
    }
    return checksum;
}
