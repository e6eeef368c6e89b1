// The low halves of mcycle and minstret carry into the high ones (privileged specification,
// "Hardware Performance Monitor").
#include "harness.h"

FRAGMENT(instret, "csrw minstret, a0\n nop\n nop\n csrr a1, minstreth\n csrr a2, minstret");
FRAGMENT(cycle, "csrw mcycle, a0\n nop\n nop\n csrr a1, mcycleh\n csrr a2, mcycle");

void test(void) {
    CSR_WRITE(minstreth, 5);
    struct context c = run(kMachine, instret, 0xffffffff, 0, 0, 0);
    CHECK_EQ(c.x[kA1], 6);
    CHECK(c.x[kA2] < 0x100000);
    CHECK_EQ(CSR_READ(instreth), 6);
    CSR_WRITE(mcycleh, 9);
    c = run(kMachine, cycle, 0xffffffff, 0, 0, 0);
    CHECK_EQ(c.x[kA1], 10);
    CHECK(c.x[kA2] < 0x100000);
    // A write of the low half leaves the high one.
    CSR_WRITE(mcycle, 3);
    CHECK_EQ(CSR_READ(mcycleh), 10);
}
