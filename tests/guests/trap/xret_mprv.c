// mret and sret clear mstatus.MPRV when they enter a mode below M (privileged specification,
// "Memory Privilege in mstatus Register").
#include "harness.h"

FRAGMENT(do_mret, "csrw mstatus, a0\n csrw mepc, a1\n mret");
FRAGMENT(do_sret, "csrw mstatus, a0\n csrw sepc, a1\n sret");
FRAGMENT(landing, "nop\n ecall");

#define MPP(mode) ((reg_t)(mode) << MSTATUS_MPP_SHIFT)

static void check_mprv(const char* fragment, reg_t status, enum mode mode, int kept) {
    const struct context c = run(kMachine, fragment, status | MSTATUS_MPRV, (reg_t)landing, 0, 0);
    CHECK_EQ(c.cause, ecall_of(mode));
    CHECK_EQ((c.status & MSTATUS_MPRV) != 0, kept);
}

void test(void) {
    check_mprv(do_mret, MPP(kUser), kUser, 0);
    check_mprv(do_mret, MPP(kSupervisor), kSupervisor, 0);
    check_mprv(do_mret, MPP(kMachine), kMachine, 1);
    check_mprv(do_sret, MPP(kMachine), kUser, 0);
    check_mprv(do_sret, MPP(kMachine) | MSTATUS_SPP, kSupervisor, 0);
}
