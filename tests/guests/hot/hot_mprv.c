// mstatus.MPRV turned on and off around loads and stores in a hot loop: those between are
// translated like MPP's, the others are M-mode's own; and a fault of one between is exact
// (privileged specification, "Memory Privilege in mstatus Register").
#include "paging.h"

// a0: address, a1: MPRV, a3: rounds; a2 sums what M-mode sees, a4 what MPP sees.
FRAGMENT(loads,
         "1: lw t0, 0(a0)\n add a2, a2, t0\n csrs mstatus, a1\n lw t1, 0(a0)\n"
         "csrc mstatus, a1\n add a4, a4, t1\n lw t2, 0(a0)\n add a2, a2, t2\n addi a3, a3, -1\n"
         "bnez a3, 1b");
// Counts up in both places.
FRAGMENT(stores,
         "li t0, 0\n 1: addi t0, t0, 1\n slli t1, t0, 1\n sw t0, 0(a0)\n csrs mstatus, a1\n"
         "sw t1, 0(a0)\n csrc mstatus, a1\n addi a3, a3, -1\n bnez a3, 1b");

void test(void) {
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        // The address is RAM for M-mode and another page of it for U-mode.
        const reg_t address = (reg_t)data_pages[0];
        const reg_t size = (reg_t)kPage << kIndexBits;
        map(&space, address & ~(size - 1), 0, 0, 1);
        map(&space, address, (reg_t)data_pages[1], kRw | kU, 0);
        row = (unsigned)levels;
        for (unsigned i = 0; i < 3; ++i) {
            data_pages[0][0] = 1 + i;
            data_pages[1][0] = 600 + i;
            struct context c = run(kMachine, loads, address, MSTATUS_MPRV, 0, kHotRounds);
            CHECK_DONE(c, loads);
            CHECK_EQ(c.x[kA2], 2 * kHotRounds * (1 + i));
            CHECK_EQ(c.x[kA4], kHotRounds * (600 + i));
            c = run(kMachine, stores, address, MSTATUS_MPRV, 0, kHotRounds);
            CHECK_DONE(c, stores);
            CHECK_EQ(data_pages[0][0], kHotRounds);
            CHECK_EQ(data_pages[1][0], 2 * kHotRounds);
        }
        map(&space, address, (reg_t)data_pages[1], kV | kR | kA | kU, 0);
        struct context c = run(kMachine, stores, address, MSTATUS_MPRV, 0, kHotRounds);
        CHECK_TRAP(c, kStorePage, stores + 20, address);
        CHECK_EQ(c.status & MSTATUS_MPRV, MSTATUS_MPRV);
        CHECK_EQ(data_pages[0][0], 1);
        CHECK_EQ(data_pages[1][0], 2 * kHotRounds);
        space_leave();
    }
}
