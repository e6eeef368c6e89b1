// A hot loop that reads and writes CSRs. A write that makes an interrupt pending is the last
// instruction before it is taken (privileged specification, 3.1.9), however often it did not do so
// before.
#include "harness.h"

enum { kRounds = 1000, kTimes = 12 };

// Counts a1 up to a0, when it raises the interrupt. sscratch holds the count before, else a2 is not
// zero any more.
FRAGMENT(loop,
         "1: csrrw t1, sscratch, a1\n"
         "addi t3, a1, -1\n"
         "xor t3, t3, t1\n"
         "or a2, a2, t3\n"
         "addi a1, a1, 1\n"
         "xor t3, a1, a0\n"
         "seqz t3, t3\n"
         "slli t3, t3, 1\n"
         "csrs mip, t3\n"
         ".globl loop_raised\nloop_raised:\n"
         "csrr t2, sscratch\n"
         "j 1b");
extern char loop_raised[];

void test(void) {
    CSR_WRITE(mideleg, 0);
    CSR_WRITE(mie, 1 << kSsi);
    CSR_WRITE(sscratch, -1);
    struct context c = {.pc = (reg_t)loop, .mode = kMachine, .interrupts = 1};
    for (unsigned i = 1; i <= kTimes; ++i) {
        row = i;
        c.x[kA0] = i * kRounds;
        enter(&c);
        CHECK_TRAP(c, INTERRUPT(kSsi), loop_raised, 0);
        CHECK_EQ(c.x[kA1], i * kRounds);
        CHECK_EQ(c.x[kA2], 0);
        CHECK_EQ(CSR_READ(sscratch), i * kRounds - 1);
        CSR_WRITE(mip, 0);
    }
}
