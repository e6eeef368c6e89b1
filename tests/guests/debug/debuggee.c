// What tests/debug looks at with gdb: calls within calls, memory that changes, a console and a
// second hart. It passes by itself, too.
#include "harness.h"

enum { kRounds = 20000 };

uint32_t total;
volatile uint32_t last_round;
volatile uint32_t input = 5;
volatile uint32_t beats;
volatile uint32_t typed;

__attribute__((noinline)) uint32_t inner(uint32_t n) {
    uint32_t sum = n;
    for (uint32_t i = 0; i < 3; ++i) sum += i * input;
    asm volatile("" : "+r"(sum));
    return sum;
}

__attribute__((noinline)) uint32_t middle(uint32_t n) {
    const uint32_t result = inner(n) + 1;
    total += result;
    asm volatile("" ::: "memory");
    return result;
}

// Prints a dot, and takes in a character if there is one.
__attribute__((noinline)) void use_console(void) {
    volatile uint8_t* uart = (volatile uint8_t*)UART;
    uart[0] = '.';
    if (uart[5] & 1) typed = typed * 31 + uart[0];
}

__attribute__((noinline)) void outer(uint32_t rounds) {
    for (uint32_t round = 0; round < rounds; ++round) {
        last_round = round;
        middle(round);
        if (round % 1000 == 0) use_console();
    }
}

__attribute__((noinline)) void finished(void) { asm volatile("" ::: "memory"); }

void secondary(reg_t hart) {
    (void)hart;
    for (;;) beats += 1;
}

void test(void) {
    release_harts();
    outer(kRounds);
    CHECK_EQ(last_round, kRounds - 1);
    // The sum of n + 16 for each round.
    CHECK_EQ(total, kRounds / 2 * (kRounds - 1) + 16 * kRounds);
    finished();
}
