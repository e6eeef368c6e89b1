// minstret is exact: the difference of two reads is the number of instructions between them, in
// straight code, loops, branches and jumps, compressed or not (Zicntr; privileged
// specification, minstret).
#include "harness.h"

// Each leaves the difference in a0.
#define COUNTED(name, ...) \
    FRAGMENT(name, "csrr t5, minstret\n" __VA_ARGS__ "\n csrr a0, minstret\n sub a0, a0, t5")
COUNTED(none, "");
COUNTED(straight, "nop\n nop\n nop\n nop\n nop");
COUNTED(loop, "li t0, 1000\n 1: addi t0, t0, -1\n bnez t0, 1b");
COUNTED(jumps, "j 1f\n nop\n nop\n 1: jal ra, 2f\n j 3f\n 2: ret\n 3: nop");
COUNTED(compressed, ".option rvc\n c.nop\n c.nop\n c.li a1, 1\n c.nop\n .option norvc");
COUNTED(not_taken, "bne x0, x0, 1f\n beq x0, x0, 1f\n nop\n 1: nop");
COUNTED(
    memory,
    "csrw sscratch, a1\n sw x0, 0(a1)\n lw t0, 0(a1)\n amoadd.w x0, x0, (a1)\n fence\n fence.i");
COUNTED(
    slow,
    "li t0, 100\n 1: csrr t1, sscratch\n rem t2, t0, t1\n fence.i\n addi t0, t0, -1\n bnez t0, 1b");
static const struct {
    const char* code;
    unsigned count;
} kCounts[] = {
    {none, 1},       {straight, 6},  {loop, 2002}, {jumps, 6},
    {compressed, 5}, {not_taken, 4}, {memory, 7},  {slow, 502},
};

static uint64_t cell;

void test(void) {
    for (row = 0; row < sizeof kCounts / sizeof kCounts[0]; ++row) {
        for (unsigned i = 0; i < 5; ++i) {
            struct context c = run(kMachine, kCounts[row].code, 0, (reg_t)&cell, 0, 0);
            CHECK_EQ(c.cause, kEcallM);
            CHECK_EQ(c.x[kA0], kCounts[row].count);
        }
    }
}
