// An immediate in a hot loop is rewritten each time round, 10000 times; then a callee that a hot
// loop calls, every hundredth time.
#include "harness.h"

// a0: rounds. Writes "addi a2, a2, round & 1023" over the loop's own instruction.
FRAGMENT(own_immediate,
         "la t0, 1f\n li t1, 0x00060613\n li t2, 0\n"
         "2: andi t3, t2, 1023\n slli t3, t3, 20\n or t3, t3, t1\n sw t3, 0(t0)\n fence.i\n"
         "1: addi a2, a2, 0\n addi t2, t2, 1\n bne t2, a0, 2b");

FRAGMENT(callee, "addi a2, a2, 0\n ret");
// a0: rounds, a1: callee. Every hundredth round the callee's immediate grows by one.
FRAGMENT(caller,
         "li t1, 0x00060613\n li t2, 0\n li t4, 0\n li t5, 0\n"
         "2: bnez t4, 3f\n li t4, 100\n addi t5, t5, 1\n slli t3, t5, 20\n or t3, t3, t1\n"
         "sw t3, 0(a1)\n fence.i\n"
         "3: addi t4, t4, -1\n jalr ra, 0(a1)\n addi t2, t2, 1\n bne t2, a0, 2b");

void test(void) {
    static const enum mode kModes[] = {kMachine, kSupervisor, kUser};
    const unsigned rounds = 10000;
    reg_t want = 0, calls = 0;
    for (unsigned i = 0; i < rounds; ++i) {
        want += i & 1023;
        calls += i / 100 + 1;
    }
    for (row = 0; row < 3; ++row) {
        struct context c = run(kModes[row], own_immediate, rounds, 0, 0, 0);
        CHECK_DONE(c, own_immediate);
        CHECK_EQ(c.x[kA2], want);
        c = run(kModes[row], caller, rounds, (reg_t)callee, 0, 0);
        CHECK_DONE(c, caller);
        CHECK_EQ(c.x[kA2], calls);
    }
}
