// A store to the CLINT that makes an interrupt pending is the last instruction before the trap,
// also in a hot loop that stored there all the time. The specification asks for it of CSR writes
// only; this emulator promises it for devices too, so that the place does not depend on how code
// was cut into blocks.
#include "harness.h"

FRAGMENT(raise_msip, "sw a1, 0(a0)\n addi a2, a2, 1\n addi a2, a2, 1");
FRAGMENT(store_compare, "sw x0, 0(a0)\n sw x0, 4(a0)\n addi a2, a2, 1\n addi a2, a2, 1");

static void check_at(const char* fragment, unsigned after, reg_t address,
                     enum interrupt interrupt) {
    static const enum mode kModes[] = {kUser, kSupervisor, kMachine};
    for (row = 0; row < 30; ++row) {
        write32(CLINT, 0);
        set_mtimecmp(0, (uint64_t)-1);
        CSR_WRITE(mie, 1u << interrupt);
        struct context c = {.pc = (reg_t)fragment, .mode = kModes[row % 3], .interrupts = 1};
        c.x[kA0] = address;
        c.x[kA1] = 1;
        enter(&c);
        CHECK_TRAP(c, INTERRUPT(interrupt), fragment + after, 0);
        CHECK_EQ(c.x[kA2], 0);
        CSR_WRITE(mie, 0);
    }
}

// a3: rounds, in the last of which the store raises the interrupt.
FRAGMENT(raise_late,
         "1: addi t0, a3, -1\n seqz t0, t0\n sw t0, 0(a0)\n addi a2, a2, 1\n addi a3, a3, -1\n"
         "bnez a3, 1b");

static void check_hot(void) {
    static const enum mode kModes[] = {kUser, kSupervisor, kMachine};
    for (row = 0; row < 6; ++row) {
        write32(CLINT, 0);
        CSR_WRITE(mie, 1u << kMsi);
        struct context c = {.pc = (reg_t)raise_late, .mode = kModes[row % 3], .interrupts = 1};
        c.x[kA0] = CLINT;
        c.x[kA3] = kHotRounds;
        enter(&c);
        CHECK_TRAP(c, INTERRUPT(kMsi), raise_late + 12, 0);
        CHECK_EQ(c.x[kA2], kHotRounds - 1);
        CHECK_EQ(c.x[kA3], 1);
        CSR_WRITE(mie, 0);
    }
}

void test(void) {
    check_at(raise_msip, 4, CLINT, kMsi);
    check_at(store_compare, 8, CLINT + 0x4000, kMti);
    check_hot();
}
