// Calls and returns: Fibonacci, Ackermann and Hanoi without any memo.
#include "kernel.h"

static __attribute__((noinline)) uint64_t fibonacci(uint64_t n) {
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static __attribute__((noinline)) uint64_t ackermann(uint64_t m, uint64_t n) {
    if (m == 0) return n + 1;
    if (n == 0) return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}

static __attribute__((noinline)) uint64_t hanoi(uint64_t disks, uint64_t from, uint64_t to) {
    if (disks == 0) return 0;
    uint64_t other = 3 - from - to;
    uint64_t first = hanoi(disks - 1, from, other);
    return fold(first, from * 3 + to) + hanoi(disks - 1, other, to);
}

uint64_t kernel(void) {
    uint64_t checksum = 0;
    for (uint64_t round = 0; round < WORK; round++) {
        checksum = fold(checksum, fibonacci(20 + round % 4));
        checksum = fold(checksum, ackermann(2, 40 + round % 8));
        checksum = fold(checksum, hanoi(12, round % 3, (round + 1) % 3));
    }
    return checksum;
}
