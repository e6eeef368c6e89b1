// What the hostile programs share. They have no verdict but this: the emulator neither crashes nor
// hangs.
#pragma once

#include "harness.h"

// A linear congruential sequence (Knuth's MMIX constants).
static inline uint64_t next_random(void) {
    static uint64_t state = 88172645463325252u;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 16;
}

// Runs `c` for a short while: its next trap, or the timer.
static inline void run_shortly(struct context* c) {
    set_mtimecmp(0, mtime() + 200);
    CSR_WRITE(mie, 1u << kMti);
    c->interrupts = 1;
    enter(c);
    CSR_WRITE(mie, 0);
}

FRAGMENT(store_byte, "sb a1, 0(a0)");
FRAGMENT(store_half, "sh a1, 0(a0)");
FRAGMENT(store_word, "sw a1, 0(a0)");
FRAGMENT(load_byte, "lb a2, 0(a0)");
FRAGMENT(load_half, "lh a2, 0(a0)");
FRAGMENT(load_word, "lw a2, 0(a0)");
FRAGMENT(amo_word, "amoadd.w a2, a1, (a0)");
FRAGMENT(lr_sc_word, "lr.w a2, (a0)\n sc.w a2, a1, (a0)");
FRAGMENT(store_double_float, "fsd f0, 0(a0)");
FRAGMENT(load_double_float, "fld f0, 0(a0)");
FRAGMENT(zero_block, "cbo.zero (a0)");
#if XLEN == 64
FRAGMENT(store_double, "sd a1, 0(a0)");
FRAGMENT(load_double, "ld a2, 0(a0)");
FRAGMENT(amo_double, "amomaxu.d a2, a1, (a0)");
#endif
static const char* const kAccesses[] = {
    store_byte,   store_half,  store_word,         load_byte,         load_half,  load_word,
    amo_word,     lr_sc_word,  store_double_float, load_double_float, zero_block,
#if XLEN == 64
    store_double, load_double, amo_double,
#endif
};
enum { kAccessCount = sizeof kAccesses / sizeof kAccesses[0] };

// The finisher would end the machine, and the clock is the watchdog's.
static inline int is_spared(reg_t address) {
    return (address >= FINISHER - 64 && address < FINISHER + 0x1000) ||
           (address >= CLINT + 0x3f00 && address < CLINT + 0x4010);
}

static inline void random_access(reg_t address) {
    if (is_spared(address)) return;
    const uint64_t r = next_random();
    struct context c = {.pc = (reg_t)kAccesses[r % kAccessCount], .mode = kMachine};
    c.x[kA0] = address;
    c.x[kA1] = r & 0x100 ? (reg_t)next_random() : (reg_t)(r >> 40);
    enter(&c);
}
