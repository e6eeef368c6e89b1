// A reservation ends when another hart stores to it, even the value that was there (unprivileged
// specification, Zalrsc: an sc must fail if a store from another hart can be observed between).
#include "smp.h"

static volatile uint32_t cell = 7, step;

static unsigned interrupted_sc(uint32_t round) {
    uint32_t t, failed, seen;
    asm volatile(
        "lr.w %0, (%3)\n sw %5, 0(%4)\n 2: lw %2, 0(%4)\n beq %2, %5, 2b\n"
        "sc.w %1, %0, (%3)"
        : "=&r"(t), "=&r"(failed), "=&r"(seen)
        : "r"(&cell), "r"(&step), "r"(round)
        : "memory");
    return failed;
}

void secondary(reg_t hart) {
    if (hart != 1) return;
    for (unsigned round = 1; round <= 200; ++round) {
        wait_for(&step, round);
        store_release(&cell, 7);
        store_release(&step, 0x80000000 | round);
    }
}

void test(void) {
    release_harts();
    for (row = 1; row <= 200; ++row) CHECK(interrupted_sc(row) != 0);
}
