// Page tables that point at themselves, that lie in devices or nowhere, that are their own code and
// data; random satp values.
#include "hostile.h"
#include "paging.h"

FRAGMENT(touch, "lw a2, 0(a0)\n sw a2, 0(a0)\n jr a0");
// Runs in a page that maps itself, and overwrites the entry that maps it.
FRAGMENT(overwrite, "sw x0, 0(a0)\n sw x0, 4(a0)\n sfence.vma\n nop\n nop");

static void touch_all(void) {
    for (unsigned i = 0; i < 40; ++i) {
        struct context c = {.pc = (reg_t)touch, .mode = kSupervisor};
        c.x[kA0] = i < 20 ? (reg_t)next_random() : (reg_t)1 << (i % XLEN);
        run_shortly(&c);
    }
}

static void recursive(struct space* space) {
    reg_t* const root = space->root;
    const unsigned last = kTableEntries - 1;
    root[last] = pte((reg_t)root, kV);
    space_use(space);
    touch_all();
    struct context c = {.pc = (reg_t)touch, .mode = kSupervisor};
    c.x[kA0] = (reg_t)-8;
    run_shortly(&c);
    // Every entry is the table itself, as a pointer and as a leaf.
    for (unsigned leaf = 0; leaf < 2; ++leaf) {
        for (unsigned i = 0; i < kTableEntries; ++i) root[i] = pte((reg_t)root, leaf ? kRwx : kV);
        sfence_all();
        touch_all();
    }
    space_leave();
}

static void own_entry(struct space* space) {
    space_use(space);
    reg_t* const entry = pte_of(space, TEST_VA, 0);
    map(space, TEST_VA, (reg_t)entry & ~(reg_t)(kPage - 1), kRwx, 0);
    struct context c = {.pc = (reg_t)overwrite, .mode = kSupervisor};
    c.x[kA0] = TEST_VA + ((reg_t)entry & (kPage - 1));
    run_shortly(&c);
    space_leave();
}

void test(void) {
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        own_entry(&space);
        recursive(&space);
        static const reg_t kRoots[] = {
            0, CLINT, PLIC, UART, VIRTIO, UNMAPPED, RAM_BASE - 0x1000, RAM_BASE + 0x8000000};
        for (unsigned i = 0; i < sizeof kRoots / sizeof kRoots[0]; ++i) {
            space.root = (reg_t*)kRoots[i];
            space_use(&space);
            touch_all();
        }
        space_leave();
    }
    for (row = 0; row < 200; ++row) {
        CSR_WRITE(satp, (reg_t)(next_random() << 32 ^ next_random()));
        sfence_all();
        touch_all();
    }
    space_leave();
}
