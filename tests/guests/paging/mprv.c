// mstatus.MPRV: M-mode loads and stores translate like the mode in MPP, fetches never; SUM and MXR
// count; it is turned on and off in the middle of a block (privileged specification, "Memory
// Privilege in mstatus Register").
#include "paging.h"

// a0: address, a1: MPRV. The first and last load are M-mode's own, the one between is MPP's.
FRAGMENT(toggle,
         "lw t0, 0(a0)\n csrs mstatus, a1\n lw t1, 0(a0)\n csrc mstatus, a1\n lw t2, 0(a0)");
FRAGMENT(toggle_store, "sw a2, 0(a0)\n csrs mstatus, a1\n sw a3, 0(a0)\n csrc mstatus, a1");
// As toggle, but MPP is a2, set before; the trap at the end is an ecall from M-mode.
FRAGMENT(load_as, "csrs mstatus, a2\n csrs mstatus, a1\n lw t1, 0(a0)\n csrc mstatus, a1");

enum { kT1 = 6, kT2 = 7 };
#define MPP(mode) ((reg_t)(mode) << MSTATUS_MPP_SHIFT)

// enter() leaves MPP at U after its mret.
static struct context load_in(enum mode mode, reg_t address) {
    return run(kMachine, load_as, address, MSTATUS_MPRV, MPP(mode), 0);
}

void test(void) {
    struct space space;
    space_init(&space, kMinLevels);
    space_use(&space);
    // The address is RAM for M-mode and another page of it for U-mode.
    const reg_t address = (reg_t)data_pages[0];
    struct space* s = &space;
    const reg_t size = (reg_t)kPage << kIndexBits;
    map(s, address & ~(size - 1), 0, 0, 1);
    map(s, address, (reg_t)data_pages[1], kRw | kU, 0);
    for (row = 0; row < 20; ++row) {
        data_pages[0][0] = 500 + row;
        data_pages[1][0] = 600 + row;
        struct context c = run(kMachine, toggle, address, MSTATUS_MPRV, 0, 0);
        CHECK_DONE(c, toggle);
        CHECK_EQ(c.x[kT0], 500 + row);
        CHECK_EQ(c.x[kT1], 600 + row);
        CHECK_EQ(c.x[kT2], 500 + row);
        c = run(kMachine, toggle_store, address, MSTATUS_MPRV, 1, 2);
        CHECK_DONE(c, toggle_store);
        CHECK_EQ(data_pages[0][0], 1);
        CHECK_EQ(data_pages[1][0], 2);
    }
    // As S: SUM decides over a user page.
    data_pages[1][0] = 42;
    struct context c = load_in(kSupervisor, address);
    CHECK_TRAP(c, kLoadPage, load_as + 8, address);
    CHECK_EQ(c.status & MSTATUS_MPP, MSTATUS_MPP);
    CHECK_EQ(c.status & MSTATUS_MPRV, MSTATUS_MPRV);
    CSR_SET(mstatus, MSTATUS_SUM);
    c = load_in(kSupervisor, address);
    CHECK_DONE(c, load_as);
    CHECK_EQ(c.x[kT1], 42);
    // MXR: an execute-only page.
    map(s, address, (reg_t)data_pages[1], kV | kX | kA | kU, 0);
    c = load_in(kUser, address);
    CHECK_TRAP(c, kLoadPage, load_as + 8, address);
    CSR_SET(mstatus, MSTATUS_MXR);
    c = load_in(kUser, address);
    CHECK_EQ(c.x[kT1], 42);
    // As M: nothing is translated.
    data_pages[0][0] = 7;
    c = load_in(kMachine, address);
    CHECK_EQ(c.x[kT1], 7);
}
