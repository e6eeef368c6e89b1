// A hot loop that stores into its own block: the instruction behind the store, one in front of it,
// and what was there already. With a fence.i the new version runs; without one either may, and what
// stands around it runs exactly once (unprivileged specification, Zifencei).
#include "harness.h"

#define ADDI_A2(n) (0x00060613u | (uint32_t)(n) << 20)

// a0: rounds. All three: a4 and a5 count what stands before and behind, a2 sums.
// The next instruction is overwritten with what it is.
FRAGMENT(unchanged,
         "la t0, 1f\n lw t1, 0(t0)\n"
         "2: addi a4, a4, 1\n sw t1, 0(t0)\n 1: addi a2, a2, 5\n addi a5, a5, 1\n"
         "addi a0, a0, -1\n bnez a0, 2b");
// An instruction in front of the store gets each round's number.
FRAGMENT(behind,
         "la t0, 1f\n li t1, 0x00060613\n"
         "2: addi a4, a4, 1\n 1: addi a2, a2, 0\n andi t3, a0, 1023\n slli t3, t3, 20\n"
         "or t3, t3, t1\n sw t3, 0(t0)\n addi a5, a5, 1\n fence.i\n addi a0, a0, -1\n bnez a0, 2b");
// The store goes to a1, and in the last round to the next instruction; a3: what is stored.
FRAGMENT(at_last,
         "la t0, 1f\n xor t0, t0, a1\n"
         "2: addi t1, a0, -1\n seqz t1, t1\n neg t1, t1\n and t1, t1, t0\n xor t1, t1, a1\n"
         "addi a4, a4, 1\n sw a3, 0(t1)\n 1: addi a2, a2, 1\n addi a5, a5, 1\n"
         "addi a0, a0, -1\n bnez a0, 2b");

static uint32_t cell;

static void check_counts(const struct context* c) {
    CHECK_EQ(c->x[kA4], kHotRounds);
    CHECK_EQ(c->x[kA5], kHotRounds);
}

static void check_last(enum mode mode) {
    fence_i();
    struct context c = run(mode, at_last, kHotRounds, (reg_t)&cell, 0, ADDI_A2(100));
    CHECK_DONE(c, at_last);
    check_counts(&c);
    CHECK(c.x[kA2] == kHotRounds || c.x[kA2] == kHotRounds + 99);
    CHECK_EQ(cell, ADDI_A2(100));
    // The new version, and back to the old one.
    fence_i();
    c = run(mode, at_last, kHotRounds, (reg_t)&cell, 0, ADDI_A2(1));
    check_counts(&c);
    CHECK(c.x[kA2] == 100 * kHotRounds || c.x[kA2] == 100 * kHotRounds - 99);
}

void test(void) {
    static const enum mode kModes[] = {kMachine, kSupervisor, kUser};
    reg_t first = 0;  // the number that the run before left
    for (row = 0; row < 6; ++row) {
        const enum mode mode = kModes[row % 3];
        struct context c = run(mode, unchanged, kHotRounds, 0, 0, 0);
        CHECK_DONE(c, unchanged);
        check_counts(&c);
        CHECK_EQ(c.x[kA2], 5 * kHotRounds);
        c = run(mode, behind, kHotRounds, 0, 0, 0);
        CHECK_DONE(c, behind);
        check_counts(&c);
        reg_t sum = first;
        for (unsigned i = kHotRounds; i > 1; --i) sum += i & 1023;
        CHECK_EQ(c.x[kA2], sum);
        first = 1;
        check_last(mode);
    }
}
