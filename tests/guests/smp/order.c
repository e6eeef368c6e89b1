// Messages: data written before a release is there after the acquire; a reservation ends when
// another hart stores another value (unprivileged specification, RVWMO, Zalrsc).
#include "smp.h"

enum { kRounds = 500, kWords = 16 };
static volatile uint32_t data[kWords], flag, back;
static volatile uint32_t cell, step;

static void messages(reg_t hart) {
    for (unsigned round = 1; round <= kRounds; ++round) {
        if (hart == 0) {
            for (unsigned i = 0; i < kWords; ++i) data[i] = round + i;
            store_release(&flag, round);
            wait_for(&back, round);
        } else {
            wait_for(&flag, round);
            for (unsigned i = 0; i < kWords; ++i) CHECK_EQ(data[i], round + i);
            store_release(&back, round);
        }
    }
}

// Between lr and sc hart 0 lets hart 1 store and waits until it has.
static unsigned interrupted_sc(uint32_t round) {
    uint32_t t, failed, seen;
    asm volatile(
        "1: lr.w %0, (%3)\n sw %5, 0(%4)\n 2: lw %2, 0(%4)\n beq %2, %5, 2b\n"
        "sc.w %1, %0, (%3)"
        : "=&r"(t), "=&r"(failed), "=&r"(seen)
        : "r"(&cell), "r"(&step), "r"(round)
        : "memory");
    return failed;
}

static void reservations(reg_t hart) {
    for (unsigned round = 1; round <= 200; ++round) {
        if (hart == 0) {
            CHECK(interrupted_sc(round) != 0);
            CHECK_EQ(cell, round);
        } else {
            wait_for(&step, round);
            store_release(&cell, round);
            store_release(&step, 0x80000000 | round);
        }
    }
}

void secondary(reg_t hart) {
    if (hart != 1) return;
    messages(hart);
    reservations(hart);
}

void test(void) {
    release_harts();
    messages(0);
    reservations(0);
}
