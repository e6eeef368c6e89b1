// SHA-256 (FIPS 180-4) of a message that its own digest is written into. The constants are derived
// as the standard says: the fractions of square and cube roots of the first primes.
#include "kernel.h"

enum { kBlocks = 16 };
static uint32_t round_constants[64];
static uint32_t initial_state[8];
static uint32_t message[kBlocks * 16];

// floor(frac(prime^(1/degree)) * 2^32), by bisection on integers.
static uint32_t root_fraction(uint64_t prime, int degree) {
    unsigned __int128 low = 0, high = (unsigned __int128)20 << 32;
    while (high - low > 1) {
        unsigned __int128 middle = (low + high) / 2;
        // middle^degree against prime * 2^(32 degree); 20^3 * 2^96 fits.
        unsigned __int128 power = middle * middle;
        if (degree == 3) power *= middle;
        if (power <= (unsigned __int128)prime << 32 * degree) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (uint32_t)low;
}

static void derive_constants(void) {
    uint32_t count = 0;
    for (uint64_t candidate = 2; count < 64; candidate++) {
        int is_prime = 1;
        for (uint64_t d = 2; d * d <= candidate; d++) is_prime &= candidate % d != 0;
        if (!is_prime) continue;
        round_constants[count] = root_fraction(candidate, 3);
        if (count < 8) initial_state[count] = root_fraction(candidate, 2);
        count++;
    }
}

static inline uint32_t rotate(uint32_t x, int by) { return x >> by | x << (32 - by); }

static void compress(uint32_t state[8], const uint32_t block[16]) {
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++) w[i] = block[i];
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    for (int i = 0; i < 8; i++) s[i] = state[i];
    for (int i = 0; i < 64; i++) {
        uint32_t sum1 = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
        uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
        uint32_t t1 = s[7] + sum1 + choice + round_constants[i] + w[i];
        uint32_t sum0 = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
        uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
        for (int j = 7; j > 0; j--) s[j] = s[j - 1];
        s[4] += t1;
        s[0] = t1 + sum0 + majority;
    }
    for (int i = 0; i < 8; i++) state[i] += s[i];
}

uint64_t kernel(void) {
    uint32_t state[8];
    derive_constants();
    for (uint64_t round = 0; round < WORK; round++) {
        for (int i = 0; i < 8; i++) state[i] = initial_state[i];
        for (int block = 0; block < kBlocks; block++) compress(state, &message[block * 16]);
        for (int i = 0; i < 8; i++) message[(round * 8 + (uint64_t)i) % (kBlocks * 16)] ^= state[i];
    }
    return (uint64_t)state[0] << 32 | state[1];
}
