// Code that rewrites code: an instruction of the same block, of the next block, of an earlier
// block, always with a fence.i before it runs (unprivileged specification, Zifencei).
#include "harness.h"

#define ADDI_A2(n) (0x00060613u | (uint32_t)(n) << 20)

// a0: the instruction to write. a2 counts what ran.
FRAGMENT(
    same_block,
    "la t0, 1f\n sw a0, 0(t0)\n fence.i\n addi a2, a2, 0\n 1: addi a2, a2, 1\n addi a2, a2, 1000");
FRAGMENT(next_block,
         "la t0, 1f\n sw a0, 0(t0)\n fence.i\n j 2f\n addi a2, a2, 7\n 2: addi a2, a2, 0\n"
         "1: addi a2, a2, 1\n addi a2, a2, 1000");
FRAGMENT(earlier_block,
         "li t1, 2\n la t0, 1f\n 1: addi a2, a2, 0\n sw a0, 0(t0)\n fence.i\n addi t1, t1, -1\n"
         "bnez t1, 1b\n addi a2, a2, 1000");
FRAGMENT(branch_target,
         "la t0, 1f\n sw a0, 0(t0)\n fence.i\n 1: nop\n addi a2, a2, 1\n 2: addi a2, a2, 1000");
// A store at the very next instruction, without a fence: either version may run, and what stands
// before and after is done exactly once.
FRAGMENT(unfenced,
         "la t0, 1f\n addi a3, a3, 1\n sw a0, 0(t0)\n 1: addi a2, a2, 1\n addi a3, a3, 1");

static void check_sum(const char* fragment, uint32_t insn, reg_t want) {
    const struct context c = run(kMachine, fragment, insn, 0, 0, 0);
    CHECK_EQ(c.cause, kEcallM);
    CHECK_EQ(c.x[kA2], want);
}

void test(void) {
    const uint32_t kSkipOne = 0x0080006f, kNop = 0x00000013;  // j +8
    for (row = 0; row < 200; ++row) {
        const uint32_t n = row % 100 + 2;
        check_sum(same_block, ADDI_A2(n), 1000 + n);
        check_sum(next_block, ADDI_A2(n), 1000 + n);
        const uint32_t before = row == 0 ? 0 : (row - 1) % 100 + 2;
        check_sum(earlier_block, ADDI_A2(n), 1000 + before + n);
        check_sum(branch_target, row % 2 ? kSkipOne : kNop, row % 2 ? 1000 : 1001);
        const uint32_t old = row == 0 ? 1 : (row - 1) % 100 + 2;
        const struct context c = run(kMachine, unfenced, ADDI_A2(n), 0, 0, 0);
        CHECK_DONE(c, unfenced);
        CHECK(c.x[kA2] == n || c.x[kA2] == old);
        CHECK_EQ(c.x[kA3], 2);
        fence_i();
    }
}
