#include <stdbool.h>

#include "demo.h"

uint64_t fibonacci(uint64_t n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

uint64_t sum_to_n(uint64_t n) {
    uint64_t sum = 0;
    for (uint64_t i = 1; i <= n; ++i) {
        sum += i;
        __asm__ volatile("" : "+r"(sum));  // so that the loop stays one
    }
    return sum;
}

static bool is_prime(uint32_t number) {
    if (number < 2) return false;
    for (uint32_t divisor = 2; divisor * divisor <= number; ++divisor)
        if (number % divisor == 0) return false;
    return true;
}

uint64_t count_primes(uint64_t below) {
    uint64_t count = 0;
    for (uint32_t number = 0; number < below; ++number) count += is_prime(number);
    return count;
}
