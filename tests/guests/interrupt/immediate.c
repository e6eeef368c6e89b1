// A store to the CLINT that makes an interrupt pending is the last instruction before the trap. The
// specification asks for it of CSR writes only; this emulator promises it for devices too, so that
// the place does not depend on how code was cut into blocks.
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

void test(void) {
    check_at(raise_msip, 4, CLINT, kMsi);
    check_at(store_compare, 8, CLINT + 0x4000, kMti);
}
