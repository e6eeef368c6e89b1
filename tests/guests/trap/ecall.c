// ecall and ebreak from every mode, taken in M-mode and delegated to S-mode (privileged
// specification: medeleg, ecall, ebreak, mtval).
#include "harness.h"

FRAGMENT(do_ecall, "nop\n ecall\n nop");
FRAGMENT(do_ebreak, "ebreak");
FRAGMENT(do_c_ebreak, ".option rvc\n c.ebreak\n c.nop");
FRAGMENT(do_illegal, ".word 0xffffffff");
// The supervisor's trap vector: an ecall from S-mode, which is not delegated, shows that it ran.
FRAGMENT(supervisor_vector, "");

static const enum mode kModes[] = {kUser, kSupervisor, kMachine};

// xtval of an ebreak is zero or its address.
static void check_ebreak(struct context c, const char* fragment) {
    CHECK_EQ(c.cause, kBreakpoint);
    CHECK_EQ(c.pc, (reg_t)fragment);
    CHECK(c.tval == 0 || c.tval == (reg_t)fragment);
}

static void undelegated(void) {
    for (row = 0; row < 3; ++row) {
        const enum mode mode = kModes[row];
        struct context c = run(mode, do_ecall, 0, 0, 0, 0);
        CHECK_TRAP(c, ecall_of(mode), do_ecall + 4, 0);
        CHECK_EQ((c.status & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT, mode);
        check_ebreak(run(mode, do_ebreak, 0, 0, 0, 0), do_ebreak);
        check_ebreak(run(mode, do_c_ebreak, 0, 0, 0, 0), do_c_ebreak);
    }
}

static void check_delegated(enum mode from, const char* pc, reg_t cause, reg_t tval) {
    CSR_WRITE(scause, 0);
    CSR_WRITE(sepc, 0);
    CSR_WRITE(stval, -1);
    CSR_WRITE(mcause, 0);
    CSR_SET(mstatus, MSTATUS_SIE);
    CSR_CLEAR(mstatus, MSTATUS_SPIE);
    struct context c = run(from, pc, 0, 0, 0, 0);
    CHECK_TRAP(c, kEcallS, supervisor_vector, 0);
    CHECK_EQ(CSR_READ(scause), cause);
    CHECK_EQ(CSR_READ(sepc), (reg_t)pc);
    const reg_t stval = CSR_READ(stval);
    CHECK(stval == tval || (cause == kBreakpoint && stval == 0));
    CHECK_EQ((c.status & MSTATUS_SPP) != 0, from == kSupervisor);
    CHECK_EQ((c.status & MSTATUS_SPIE) != 0, 1);
    CHECK_EQ((c.status & MSTATUS_SIE) != 0, 0);
}

static void delegated(void) {
    CSR_WRITE(stvec, supervisor_vector);
    CSR_WRITE(medeleg, 1u << kBreakpoint | 1u << kIllegal | 1u << kEcallU);
    check_delegated(kUser, do_ecall_end, kEcallU, 0);
    for (row = 0; row < 2; ++row) {
        check_delegated(kModes[row], do_ebreak, kBreakpoint, (reg_t)do_ebreak);
        check_delegated(kModes[row], do_c_ebreak, kBreakpoint, (reg_t)do_c_ebreak);
        check_delegated(kModes[row], do_illegal, kIllegal, 0xffffffff);
    }
    // A trap from M-mode is never delegated, nor one whose bit is clear.
    check_ebreak(run(kMachine, do_ebreak, 0, 0, 0, 0), do_ebreak);
    CSR_WRITE(medeleg, 0);
    check_ebreak(run(kSupervisor, do_ebreak, 0, 0, 0, 0), do_ebreak);
}

void test(void) {
    undelegated();
    delegated();
}
