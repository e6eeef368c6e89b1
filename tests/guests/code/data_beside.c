// Data that is hot beside hot code: in the same page, the same cache line, and between the
// instructions of one loop. The code must stay what it is and the data must be right.
#include "harness.h"

// a0: rounds. The counters lie before, amid and after the loop.
FRAGMENT(loop,
         "j 1f\n before: .word 0\n"
         "1: la t0, before\n la t1, amid\n la t2, after\n"
         "2: lw t3, 0(t0)\n addi t3, t3, 1\n sw t3, 0(t0)\n lw t3, 0(t1)\n addi t3, t3, 2\n"
         "sw t3, 0(t1)\n j 3f\n amid: .word 0\n"
         "3: lw t3, 0(t2)\n addi t3, t3, 3\n sw t3, 0(t2)\n lb t4, 0(t2)\n sb t4, 4(t2)\n"
         "addi a0, a0, -1\n bnez a0, 2b\n lw a1, 0(t0)\n lw a2, 0(t1)\n lw a3, 0(t2)\n j 4f\n"
         "after: .word 0, 0\n 4: nop");

void test(void) {
    static const enum mode kModes[] = {kMachine, kSupervisor, kUser};
    const unsigned rounds = 100000;
    for (row = 0; row < 3; ++row) {
        const struct context c = run(kModes[row], loop, rounds, 0, 0, 0);
        CHECK_DONE(c, loop);
        CHECK_EQ(c.x[kA1], rounds * (row + 1));
        CHECK_EQ(c.x[kA2], 2 * rounds * (row + 1));
        CHECK_EQ(c.x[kA3], 3 * rounds * (row + 1));
    }
}
