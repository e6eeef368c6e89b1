// A hot loop that maps a page anew between two loads from it, by the second of two stores off one
// base: the first load walks through the entry, so that what it found does not hold behind the
// store. (Where time is instructions that is so without an sfence.vma.)
#include "paging.h"

#if XLEN == 64
#define STORE_REG "sd"
#define LOAD_REG "ld"
#define WIDTH "8"
#else
#define STORE_REG "sw"
#define LOAD_REG "lw"
#define WIDTH "4"
#endif

// a0: pairs of the place that is stored to and of the data, a1: the entry, a2: pairs; a3 and a4 sum
// up what was there before and behind. The branch in the middle makes two blocks of the loop.
FRAGMENT(
    walked,
    "1: " LOAD_REG " t0, 0(a0)\n " LOAD_REG " t1, " WIDTH "(a0)\n " STORE_REG
    " a1, 0(t0)\n lw t2, 0(t1)\n " STORE_REG " a1, " WIDTH
    "(t0)\n lw t3, 0(t1)\n add a3, a3, t2\n add a4, a4, t3\n beqz a0, 2f\n 2: addi a0, a0, 2*" WIDTH
    "\n addi a2, a2, -1\n bnez a2, 1b");

enum { kPages = 8 };
static struct { reg_t place, data; } pairs[kHotRounds];

static struct context go(unsigned count) {
    struct context c = {.pc = (reg_t)walked, .mode = kSupervisor};
    c.x[kA0] = (reg_t)pairs;
    c.x[kA1] = pte((reg_t)data_pages[1], kRw);
    c.x[kA2] = count;
    enter(&c);
    CHECK_DONE(c, walked);
    return c;
}

void test(void) {
    static reg_t unused[2];
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        row = (unsigned)levels;
        data_pages[0][0] = 1;
        data_pages[1][0] = 500;
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        for (unsigned i = 0; i < kHotRounds; ++i) {
            pairs[i].place = (reg_t)unused;
            pairs[i].data = (reg_t)data_pages[0];
        }
        struct context c = go(kHotRounds);
        CHECK_EQ(c.x[kA3], kHotRounds);
        CHECK_EQ(c.x[kA4], kHotRounds);
        // Each in a table of its own, which nothing was translated through yet.
        for (unsigned i = 0; i < kPages; ++i) {
            const reg_t address = TEST_VA + i * ((reg_t)kPage << kIndexBits) + kPage;
            map(&space, address, (reg_t)data_pages[0], kRw, 0);
            reg_t* entry = pte_of(&space, address, 0);
            // Before that, the TLB is told of the table.
            pairs[2 * i].place = (reg_t)(entry + 2);
            pairs[2 * i].data = (reg_t)data_pages[0];
            pairs[2 * i + 1].place = (reg_t)(entry - 1);
            pairs[2 * i + 1].data = address;
        }
        c = go(2 * kPages);
        CHECK_EQ(c.x[kA3], 2 * kPages);
        CHECK_EQ(c.x[kA4], kPages + kPages * 500);
        space_leave();
    }
}
