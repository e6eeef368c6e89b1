// A hot loop in S-mode that changes the mapping which it uses itself, in the last of its rounds:
// that of its data, and that of the function it calls. What follows the sfence.vma sees the new
// one.
#include "paging.h"

#if XLEN == 64
#define STORE_REG "sd"
#else
#define STORE_REG "sw"
#endif

// a0: data or function, a1: its entry, a2: the new entry, a3: rounds, a4: the entry as it is. Each
// round writes the entry; a5 sums up what the page says behind it.
#define REMAP(name, use)                                                                         \
    FRAGMENT(name,                                                                               \
             "xor t2, a2, a4\n 1: addi t0, a3, -1\n seqz t0, t0\n neg t0, t0\n and t0, t0, t2\n" \
             "xor t0, t0, a4\n" STORE_REG " t0, 0(a1)\n sfence.vma\n" use                        \
             "\n add a5, a5, t1\n addi a3, a3, -1\n bnez a3, 1b")
REMAP(load, "lw t1, 0(a0)");
REMAP(call, "jalr ra, 4(a0)");

static struct context go(struct space* space, const char* code, reg_t after) {
    map(space, TEST_VA, (reg_t)data_pages[0], kRwx, 0);
    struct context c = {.pc = (reg_t)code, .mode = kSupervisor};
    c.x[kA0] = TEST_VA;
    c.x[kA1] = (reg_t)pte_of(space, TEST_VA, 0);
    c.x[kA2] = after;
    c.x[kA3] = kHotRounds;
    c.x[kA4] = pte((reg_t)data_pages[0], kRwx);
    enter(&c);
    return c;
}

void test(void) {
    for (unsigned i = 0; i < 2; ++i) {
        data_pages[i][0] = i ? 500 : 1;
        data_pages[i][1] = 0x00000313 | (i ? 500u : 1u) << 20;  // li t1, 1 or 500
        data_pages[i][2] = 0x00008067;                          // ret
    }
    fence_i();
    const reg_t other = pte((reg_t)data_pages[1], kRwx);
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        row = (unsigned)levels;
        struct context c = go(&space, load, other);
        CHECK_DONE(c, load);
        CHECK_EQ(c.x[kA5], kHotRounds - 1 + 500);
        c = go(&space, call, other);
        CHECK_DONE(c, call);
        CHECK_EQ(c.x[kA5], kHotRounds - 1 + 500);
        c = go(&space, load, 0);
        CHECK_TRAP(c, kLoadPage, load + 32, TEST_VA);
        CHECK_EQ(c.x[kA5], kHotRounds - 1);
        c = go(&space, call, 0);
        CHECK_TRAP(c, kFetchPage, (void*)(TEST_VA + 4), TEST_VA + 4);
        CHECK_EQ(c.x[kA5], kHotRounds - 1);
        space_leave();
    }
}
