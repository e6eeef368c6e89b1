// mret and sret: the stack of enables and modes, who may use them (privileged specification,
// "Privilege and Global Interrupt-Enable Stack in mstatus", "Trap-Return Instructions").
#include "harness.h"

// a0: mstatus, a1: target.
FRAGMENT(do_mret, "csrw mstatus, a0\n csrw mepc, a1\n mret");
FRAGMENT(do_sret_from_m, "csrw mstatus, a0\n csrw sepc, a1\n sret");
FRAGMENT(do_sret, "csrw sepc, a1\n sret");
FRAGMENT(bare_mret, "mret");
FRAGMENT(bare_sret, "sret");
FRAGMENT(landing, "nop\n ecall");
FRAGMENT(mret_and_read,
         "csrw mstatus, a0\n la t0, 1f\n csrw mepc, t0\n mret\n 1: csrr a0, mstatus");

#define MPP(mode) ((reg_t)(mode) << MSTATUS_MPP_SHIFT)

// enter()'s own fields must come back right, so the trap handler's mstatus is what is looked at:
// trapping again moved MIE to MPIE and the mode to MPP.
static void mret_to(enum mode mode, reg_t bits, reg_t want_mie) {
    const struct context c = run(kMachine, do_mret, bits | MPP(mode), (reg_t)landing, 0, 0);
    CHECK_EQ(c.cause, ecall_of(mode));
    CHECK_EQ(c.pc, (reg_t)landing + 4);
    CHECK_EQ(c.status & MSTATUS_MPP, MPP(mode));
    CHECK_EQ((c.status & MSTATUS_MPIE) != 0, want_mie);
    CHECK_EQ(c.status & MSTATUS_MIE, 0);
}

static void machine_return(void) {
    static const enum mode kModes[] = {kUser, kSupervisor, kMachine};
    for (row = 0; row < 3; ++row) {
        const enum mode mode = kModes[row];
        mret_to(mode, MSTATUS_MPIE, 1);
        mret_to(mode, 0, 0);
    }
    // After mret, MPIE is 1 and MPP the least mode.
    const struct context c = run(kMachine, mret_and_read, MPP(kMachine), 0, 0, 0);
    CHECK_EQ(c.x[kA0] & (MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE), MSTATUS_MPIE);
}

static void supervisor_return(void) {
    struct context c =
        run(kMachine, do_sret_from_m, MSTATUS_SPP | MSTATUS_SPIE, (reg_t)landing, 0, 0);
    CHECK_EQ(c.cause, kEcallS);
    CHECK_EQ(c.status & (MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE), MSTATUS_SPIE | MSTATUS_SIE);
    c = run(kMachine, do_sret_from_m, 0, (reg_t)landing, 0, 0);
    CHECK_EQ(c.cause, kEcallU);
    CHECK_EQ(c.status & (MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE), MSTATUS_SPIE);
    CSR_CLEAR(mstatus, MSTATUS_SPP);
    c = run(kSupervisor, do_sret, 0, (reg_t)landing, 0, 0);
    CHECK_EQ(c.cause, kEcallU);
    CSR_SET(mstatus, MSTATUS_SPP);
    c = run(kSupervisor, do_sret, 0, (reg_t)landing, 0, 0);
    CHECK_EQ(c.cause, kEcallS);
}

static void forbidden(void) {
    struct context c = run(kSupervisor, bare_mret, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, bare_mret);
    c = run(kUser, bare_mret, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, bare_mret);
    c = run(kUser, bare_sret, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, bare_sret);
    CSR_SET(mstatus, MSTATUS_TSR);
    c = run(kSupervisor, bare_sret, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, bare_sret);
    c = run(kMachine, do_sret_from_m, MSTATUS_TSR, (reg_t)landing, 0, 0);
    CHECK_EQ(c.cause, kEcallU);
    CSR_CLEAR(mstatus, MSTATUS_TSR);
}

void test(void) {
    machine_return();
    supervisor_return();
    forbidden();
}
