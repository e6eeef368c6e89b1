// A and D of page-table entries in hot loops: loads never set D, and the store that comes at last
// does, or raises the page fault (Svade). A load that misses the TLB as the first instruction of
// its block, each time round, and one that faults there.
#include "paging.h"

// a0: address, a3: rounds; a2 sums.
FRAGMENT(load, "1: lw t0, 0(a0)\n add a2, a2, t0\n addi a3, a3, -1\n bnez a3, 1b");
FRAGMENT(load_fenced,
         "1: lw t0, 0(a0)\n add a2, a2, t0\n addi a3, a3, -1\n sfence.vma\n bnez a3, 1b");
// The store goes to a1 until the last round, then to a0, from which each round loads.
FRAGMENT(store_at_last,
         "xor t2, a0, a1\n 1: addi t1, a3, -1\n seqz t1, t1\n neg t1, t1\n and t1, t1, t2\n"
         "xor t1, t1, a1\n lw t0, 0(a0)\n add a2, a2, t0\n sw t0, 4(t1)\n addi a3, a3, -1\n"
         "bnez a3, 1b");
// a1: pages from a0 on, each round through all of them: more than a TLB holds.
FRAGMENT(walk,
         "lui t2, 1\n 1: mv t1, a0\n mv t3, a1\n j 2f\n .balign 64\n"
         "2: lw t0, 0(t1)\n add t1, t1, t2\n add a2, a2, t0\n addi t3, t3, -1\n bnez t3, 2b\n"
         "addi a3, a3, -1\n bnez a3, 1b");
enum { kOther = 8, kPages = 400 };

static reg_t flags(struct space* space) { return *pte_of(space, TEST_VA, 0) & (kA | kD); }

static void dirty(struct space* space, int sets_ad) {
    const reg_t other = TEST_VA + kOther * kPage;
    data_pages[0][0] = 3;
    data_pages[0][1] = 0;
    map(space, TEST_VA, (reg_t)data_pages[0], kV | kR | kW | kA, 0);
    map(space, other, (reg_t)data_pages[1], kRw, 0);
    struct context c = run(kSupervisor, load, TEST_VA, 0, 0, kHotRounds);
    CHECK_DONE(c, load);
    CHECK_EQ(flags(space), kA);
    // The store is hot on a page that is dirty.
    c = run(kSupervisor, store_at_last, TEST_VA, other, 0, kHotRounds);
    CHECK_EQ(c.x[kA2], 3 * kHotRounds);
    if (sets_ad) {
        CHECK_DONE(c, store_at_last);
        CHECK_EQ(flags(space), kA | kD);
        CHECK_EQ(data_pages[0][1], 3);
    } else {
        CHECK_TRAP(c, kStorePage, store_at_last + 32, TEST_VA + 4);
        CHECK_EQ(flags(space), kA);
        CHECK_EQ(data_pages[0][1], 0);
        CHECK_EQ(c.x[kA3], 1);
    }
}

static void misses(struct space* space) {
    data_pages[0][0] = 5;
    for (unsigned i = 0; i < kPages; ++i)
        map(space, TEST_VA + (reg_t)i * kPage, (reg_t)data_pages[i % 4], kRw, 0);
    for (unsigned i = 0; i < 4; ++i) data_pages[i][0] = 5 + i;
    struct context c = run(kSupervisor, load_fenced, TEST_VA, 0, 0, kHotRounds);
    CHECK_DONE(c, load_fenced);
    CHECK_EQ(c.x[kA2], 5 * kHotRounds);
    c = run(kSupervisor, walk, TEST_VA, kPages, 0, 20);
    CHECK_DONE(c, walk);
    CHECK_EQ(c.x[kA2], 20 * (kPages / 4) * (5 + 6 + 7 + 8));
    // The last page goes: its load is the first instruction of the block.
    const reg_t last = TEST_VA + (kPages - 1) * (reg_t)kPage;
    map(space, last, 0, 0, 0);
    c = run(kSupervisor, walk, TEST_VA, kPages, 0, 20);
    CHECK_EQ(c.cause, kLoadPage);
    CHECK_EQ(c.tval, last);
    CHECK_EQ(c.pc, ((reg_t)walk + 16 + 63) & ~(reg_t)63);
    CHECK_EQ(c.x[kA2], (kPages / 4) * (5 + 6 + 7 + 8) - 8);
    map(space, TEST_VA, 0, 0, 0);
    c = run(kSupervisor, load, TEST_VA, 0, 9, kHotRounds);
    CHECK_TRAP(c, kLoadPage, load, TEST_VA);
    CHECK_EQ(c.x[kA2], 9);
}

void test(void) {
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        row = (unsigned)levels;
        const int sets_ad = hardware_sets_ad(&space);
        for (unsigned i = 0; i < 3; ++i) dirty(&space, sets_ad);
        misses(&space);
        space_leave();
    }
}
