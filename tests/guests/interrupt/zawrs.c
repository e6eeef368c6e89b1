// Zawrs: no waiting without a reservation; a pending interrupt that is enabled ends the wait,
// whatever the global enables; wrs.sto ends by itself (unprivileged specification, Zawrs).
#include "harness.h"

FRAGMENT(no_reservation, "sc.w x0, x0, (a0)\n wrs.nto\n wrs.sto\n addi a2, a2, 1");
FRAGMENT(short_wait, "lr.w t0, (a0)\n wrs.sto\n addi a2, a2, 1");
// a3: mip bit. A stall may end for any reason, so the wait is a loop.
FRAGMENT(long_wait, "1: lr.w t0, (a0)\n wrs.nto\n csrr t1, mip\n and t1, t1, a3\n beqz t1, 1b");
FRAGMENT(taken, "1: lr.w t0, (a0)\n wrs.nto\n j 1b");
FRAGMENT(once, "lr.w t0, (a0)\n wrs.nto");
static uint32_t cell;

void test(void) {
    static const enum mode kModes[] = {kUser, kSupervisor, kMachine};
    for (row = 0; row < 3; ++row) {
        struct context c = run(kModes[row], no_reservation, (reg_t)&cell, 0, 0, 0);
        CHECK_DONE(c, no_reservation);
        CHECK_EQ(c.x[kA2], 1);
        c = run(kModes[row], short_wait, (reg_t)&cell, 0, 0, 0);
        CHECK_DONE(c, short_wait);
        CHECK_EQ(c.x[kA2], 1);
    }
    CSR_WRITE(mie, 1u << kMti);
    for (row = 0; row < 3; ++row) {
        const uint64_t due = mtime() + 20000;
        set_mtimecmp(0, due);
        struct context c = run(kMachine, long_wait, (reg_t)&cell, 0, 0, 1u << kMti);
        CHECK_DONE(c, long_wait);
        CHECK(mtime() >= due);
        set_mtimecmp(0, mtime() + 20000);
        c = run(kUser, taken, (reg_t)&cell, 0, 0, 0);
        CHECK_EQ(c.cause, INTERRUPT(kMti));
        set_mtimecmp(0, (uint64_t)-1);
    }
    // TW: in a lower mode wrs.nto ends soon or is illegal; wrs.sto is not touched by it.
    CSR_WRITE(mie, 0);
    CSR_SET(mstatus, MSTATUS_TW);
    struct context c = run(kUser, once, (reg_t)&cell, 0, 0, 0);
    if (c.cause == kIllegal)
        CHECK_ILLEGAL(c, once + 4);
    else
        CHECK_DONE(c, once);
    c = run(kUser, short_wait, (reg_t)&cell, 0, 0, 0);
    CHECK_DONE(c, short_wait);
}
