// Software interrupts: MSIP through the CLINT, SSIP through mip and sip; delegation; one that a CSR
// write makes pending is taken right after it (privileged specification, mip, mideleg).
#include "harness.h"

FRAGMENT(spin, "1: j 1b");
FRAGMENT(vector, "");
FRAGMENT(raise_msip, "sw a1, 0(a0)\n 1: j 1b");
FRAGMENT(raise_ssip, "csrs sip, a0\n addi a2, a2, 1\n addi a2, a2, 1");
#define MSIP (1u << kMsi)
#define SSIP (1u << kSsi)

static void machine(void) {
    // Only bit 0 of msip is there.
    write32(CLINT, 0xffffffff);
    CHECK_EQ(read32(CLINT), 1);
    CHECK_EQ(CSR_READ(mip) & MSIP, MSIP);
    write32(CLINT, 0xfffffffe);
    CHECK_EQ(read32(CLINT), 0);
    CHECK_EQ(CSR_READ(mip) & MSIP, 0);
    CSR_WRITE(mie, MSIP);
    static const enum mode kModes[] = {kUser, kSupervisor, kMachine};
    for (row = 0; row < 3; ++row) {
        struct context c = {.pc = (reg_t)raise_msip, .mode = kModes[row], .interrupts = 1};
        c.x[kA0] = CLINT;
        c.x[kA1] = 1;
        enter(&c);
        CHECK_TRAP(c, INTERRUPT(kMsi), raise_msip + 4, 0);
        write32(CLINT, 0);
    }
    CSR_WRITE(mie, 0);
}

static void supervisor(void) {
    CSR_WRITE(stvec, (reg_t)vector);
    CSR_WRITE(mideleg, SSIP);
    CSR_WRITE(mie, SSIP);
    CSR_SET(mstatus, MSTATUS_SIE);
    struct context c = run(kSupervisor, raise_ssip, SSIP, 0, 0, 0);
    CHECK_TRAP(c, kEcallS, vector, 0);
    CHECK_EQ(CSR_READ(scause), INTERRUPT(kSsi));
    CHECK_EQ(CSR_READ(sepc), (reg_t)raise_ssip + 4);
    CHECK_EQ(c.x[kA2], 0);
    // SIE clear: not in S, but in U; never in M.
    CSR_CLEAR(mstatus, MSTATUS_SIE);
    c = run(kSupervisor, raise_ssip, SSIP, 0, 0, 0);
    CHECK_DONE(c, raise_ssip);
    c = run(kMachine, raise_ssip, SSIP, 0, 0, 0);
    CHECK_DONE(c, raise_ssip);
    CSR_SET(mstatus, MSTATUS_SIE);
    c = (struct context){.pc = (reg_t)raise_ssip, .mode = kMachine, .interrupts = 1};
    enter(&c);
    CHECK_DONE(c, raise_ssip);
    CSR_CLEAR(mstatus, MSTATUS_SIE);
    c = run(kUser, spin, 0, 0, 0, 0);
    CHECK_TRAP(c, kEcallS, vector, 0);
    CHECK_EQ(CSR_READ(sepc), (reg_t)spin);
    CSR_WRITE(mip, 0);
    // Not delegated: taken in M.
    CSR_WRITE(mideleg, 0);
    CSR_WRITE(mip, SSIP);
    c = run(kSupervisor, spin, 0, 0, 0, 0);
    CHECK_TRAP(c, INTERRUPT(kSsi), spin, 0);
    CSR_WRITE(mip, 0);
    CSR_WRITE(mie, 0);
}

void test(void) {
    machine();
    supervisor();
}
