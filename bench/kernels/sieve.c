// The sieve of Eratosthenes over bytes.
#include "kernel.h"

enum { kLimit = 1 << 16 };
static uint8_t composite[kLimit];

uint64_t kernel(void) {
    uint64_t checksum = 0;
    for (uint64_t round = 0; round < WORK; round++) {
        for (uint32_t i = 0; i < kLimit; i++) composite[i] = 0;
        for (uint32_t i = 2; i * i < kLimit; i++) {
            if (composite[i]) continue;
            for (uint32_t j = i * i; j < kLimit; j += i) composite[j] = 1;
        }
        uint64_t primes = 0;
        for (uint32_t i = 2 + (uint32_t)(round & 7); i < kLimit; i++) primes += !composite[i];
        checksum = fold(checksum, primes);
    }
    return checksum;
}
