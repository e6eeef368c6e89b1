// Data that is hot beside hot code: in the same page, the same cache line, and between the
// instructions of one loop. The code must stay what it is and the data must be right.
#include "paging.h"

// a0: rounds. The counters lie before, amid and after the loop.
FRAGMENT(loop,
         "j 1f\n before: .word 0\n"
         "1: la t0, before\n la t1, amid\n la t2, after\n"
         "2: lw t3, 0(t0)\n addi t3, t3, 1\n sw t3, 0(t0)\n lw t3, 0(t1)\n addi t3, t3, 2\n"
         "sw t3, 0(t1)\n j 3f\n amid: .word 0\n"
         "3: lw t3, 0(t2)\n addi t3, t3, 3\n sw t3, 0(t2)\n lb t4, 0(t2)\n sb t4, 4(t2)\n"
         "addi a0, a0, -1\n bnez a0, 2b\n lw a1, 0(t0)\n lw a2, 0(t1)\n lw a3, 0(t2)\n j 4f\n"
         "after: .word 0, 0\n 4: nop");

static reg_t total;

static void check(enum mode mode, const char* code) {
    const unsigned rounds = 3 * kHotRounds;
    const struct context c = run(mode, code, rounds, 0, 0, 0);
    CHECK_TRAP(c, ecall_of(mode), code + (loop_end - loop), 0);
    total += rounds;
    CHECK_EQ(c.x[kA1], total);
    CHECK_EQ(c.x[kA2], 2 * total);
    CHECK_EQ(c.x[kA3], 3 * total);
}

void test(void) {
    static const enum mode kModes[] = {kMachine, kSupervisor, kUser};
    for (row = 0; row < 3; ++row) check(kModes[row], loop);
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        for (const char* p = fragments_begin; p < fragments_end; p += kPage)
            map(&space, TEST_VA + (reg_t)(p - fragments_begin), (reg_t)p, kRwx | kU, 0);
        space_use(&space);
        row = 10 + (unsigned)levels;
        check(kSupervisor, loop);
        check(kUser, (const char*)(TEST_VA + (reg_t)(loop - fragments_begin)));
        space_leave();
    }
}
