// The low bit of mepc and sepc is always zero, and an environment call from M-mode cannot be
// delegated (privileged specification, mepc, sepc, medeleg).
#include "harness.h"

FRAGMENT(odd, "csrw mepc, a0\n csrr a1, mepc\n csrw sepc, a0\n csrr a2, sepc");

void test(void) {
    struct context c = run(kMachine, odd, (reg_t)-1, 0, 0, 0);
    CHECK_EQ(c.x[kA1], (reg_t)-2);
    CHECK_EQ(c.x[kA2], (reg_t)-2);
    CSR_WRITE(medeleg, -1);
    CHECK_EQ(CSR_READ(medeleg) & 1u << kEcallM, 0);
}
