// wfi: ends when an enabled interrupt is pending, whatever the global enables say; trapped in S by
// TW, and in U (privileged specification, "Wait for Interrupt", TW).
#include "harness.h"

FRAGMENT(wait, "wfi\n addi a0, a0, 1");
FRAGMENT(vector, "");

static void wakes(enum mode mode) {
    const uint64_t due = mtime() + 20000;
    set_mtimecmp(0, due);
    struct context c = run(mode, wait, 0, 0, 0, 0);
    if (mode == kMachine) {  // MIE is clear: wfi returns
        CHECK_DONE(c, wait);
        CHECK_EQ(c.x[kA0], 1);
    } else {  // the interrupt is taken, after wfi
        CHECK_TRAP(c, INTERRUPT(kMti), wait + 4, 0);
    }
    CHECK(mtime() >= due);
    set_mtimecmp(0, (uint64_t)-1);
}

static void in_supervisor(void) {
    // Delegated and SIE clear: wfi returns in S without a trap.
    CSR_WRITE(mideleg, 1u << kSsi);
    CSR_WRITE(mie, 1u << kSsi);
    CSR_WRITE(mip, 1u << kSsi);
    CSR_CLEAR(mstatus, MSTATUS_SIE);
    struct context c = run(kSupervisor, wait, 0, 0, 0, 0);
    CHECK_DONE(c, wait);
    CHECK_EQ(c.x[kA0], 1);
    CSR_WRITE(mie, 0);
    CSR_WRITE(mip, 0);
    CSR_SET(mstatus, MSTATUS_TW);
    c = run(kSupervisor, wait, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, wait);
    c = run(kUser, wait, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, wait);
    CSR_CLEAR(mstatus, MSTATUS_TW);
}

void test(void) {
    CSR_WRITE(mie, 1u << kMti);
    for (row = 0; row < 4; ++row) wakes(row & 1 ? kSupervisor : kMachine);
    CSR_WRITE(mie, 0);
    in_supervisor();
}
