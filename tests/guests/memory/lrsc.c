// LR/SC: success, failure without a reservation or at another address, one use only, no write on
// failure, consistent after traps (unprivileged specification, Zalrsc).
#include "harness.h"

FRAGMENT(pair, "lr.w t0, (a0)\n addi t0, t0, 1\n sc.w a1, t0, (a0)");
FRAGMENT(two_stores, "lr.w t0, (a0)\n sc.w a1, a2, (a0)\n sc.w a3, a2, (a0)");
FRAGMENT(alone, "sc.w t0, a2, (a3)\n sc.w a1, a2, (a0)");
FRAGMENT(elsewhere, "lr.w t0, (a0)\n sc.w a1, a2, (a3)\n sc.w t1, a2, (a0)");
FRAGMENT(orders,
         "lr.w.aq t0, (a0)\n sc.w.rl t1, a2, (a0)\n lr.w.aqrl t2, (a0)\n sc.w.aqrl a1, a3, (a0)");
FRAGMENT(no_result, "lr.w x0, (a0)\n sc.w x0, a2, (a0)");
FRAGMENT(same_register, "lr.w a2, (a0)\n addi a2, a2, 5\n sc.w a2, a2, (a0)");
FRAGMENT(same_address, "mv t0, a0\n lr.w t1, (t0)\n sc.w t0, a2, (t0)");
FRAGMENT(loop,
         "1: lr.w t0, (a0)\n add t0, t0, a1\n sc.w t1, t0, (a0)\n bnez t1, 1b\n"
         "addi a2, a2, -1\n bnez a2, 1b");
FRAGMENT(reserve, "lr.w t0, (a0)\n .word 0");
FRAGMENT(store_only, "sc.w a1, a2, (a0)");
FRAGMENT(bad_reserve, "lr.w t0, (a0)\n lr.w t0, (a3)");
enum { kT1 = 6, kT2 = 7 };
static uint32_t cells[2048];

static void basics(enum mode mode) {
    cells[0] = 41;
    struct context c = run(mode, pair, (reg_t)cells, 9, 0, 0);
    CHECK_EQ(c.x[kA1], 0);
    CHECK_EQ(cells[0], 42);
    c = run(mode, two_stores, (reg_t)cells, 9, 50, 9);
    CHECK_EQ(c.x[kA1], 0);
    CHECK(c.x[kA3] != 0);
    CHECK_EQ(cells[0], 50);
    c = run(mode, alone, (reg_t)cells, 0, 60, (reg_t)&cells[1]);
    CHECK(c.x[kA1] != 0);
    CHECK_EQ(cells[0], 50);
    cells[1024] = 7;
    c = run(mode, elsewhere, (reg_t)cells, 0, 60, (reg_t)&cells[1024]);
    CHECK(c.x[kA1] != 0);
    CHECK(c.x[kT1] != 0);  // the failed sc ended the reservation
    CHECK_EQ(cells[0], 50);
    CHECK_EQ(cells[1024], 7);
    c = run(mode, orders, (reg_t)cells, 9, 70, 80);
    CHECK_EQ(c.x[kT1], 0);
    CHECK_EQ(c.x[kT2], 70);
    CHECK_EQ(c.x[kA1], 0);
    CHECK_EQ(cells[0], 80);
    c = run(mode, no_result, (reg_t)cells, 0, 90, 0);
    CHECK_DONE(c, no_result);
    CHECK_EQ(cells[0], 90);
    c = run(mode, same_register, (reg_t)cells, 0, 0, 0);
    CHECK_EQ(c.x[kA2], 0);
    CHECK_EQ(cells[0], 95);
    c = run(mode, same_address, (reg_t)cells, 0, 96, 0);
    CHECK_EQ(c.x[kT0], 0);
    CHECK_EQ(cells[0], 96);
    cells[0] = 0;
    c = run(mode, loop, (reg_t)cells, 3, 10000, 0);
    CHECK_EQ(cells[0], 30000);
    // lr.w extends the sign.
    cells[0] = 0x80000000;
    c = run(mode, pair, (reg_t)cells, 9, 0, 0);
    CHECK_EQ(c.x[kT0], (reg_t)(sreg_t)(int32_t)0x80000001);
}

// A trap may or may not end a reservation; a result and memory must agree about it.
static void after_trap(const char* first, reg_t other) {
    cells[0] = 1;
    run(kUser, first, (reg_t)cells, 0, 0, other);
    const struct context c = run(kUser, store_only, (reg_t)cells, 9, 2, 0);
    CHECK_DONE(c, store_only);
    CHECK_EQ(cells[0], c.x[kA1] == 0 ? 2 : 1);
}

#if XLEN == 64
FRAGMENT(pair_double, "lr.d t0, (a0)\n addi t0, t0, 1\n sc.d a1, t0, (a0)\n sc.d a2, t0, (a0)");
static void doubles(void) {
    static uint64_t cell = 0xffffffff;
    const struct context c = run(kUser, pair_double, (reg_t)&cell, 9, 0, 0);
    CHECK_EQ(c.x[kA1], 0);
    CHECK(c.x[kA2] != 0);
    CHECK_EQ(cell, (uint64_t)1 << 32);
}
#else
static void doubles(void) {}
#endif

void test(void) {
    basics(kMachine);
    basics(kUser);
    after_trap(reserve, 0);
    after_trap(bad_reserve, (reg_t)cells + 2);
    after_trap(bad_reserve, UNMAPPED);
    doubles();
}
