// Every atomic memory operation on every pair of edge values, in both sizes, with every ordering
// and with registers that coincide (unprivileged specification, Zaamo).
#include "harness.h"

enum op {
    kAdd = 0,
    kSwap = 1,
    kXor = 4,
    kOr = 8,
    kAnd = 12,
    kMin = 16,
    kMax = 20,
    kMinu = 24,
    kMaxu = 28
};
static const uint8_t kOps[] = {kAdd, kSwap, kXor, kOr, kAnd, kMin, kMax, kMinu, kMaxu};
static const uint64_t kValues[] = {
    0,
    1,
    (uint64_t)-1,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0x7fffffffffffffff,
    0x8000000000000000,
    0x123456789abcdef0,
    0xffffffff00000000,
};
enum { kValueCount = sizeof kValues / sizeof kValues[0] };

static uint64_t model(enum op op, int64_t a, int64_t b, uint64_t ua, uint64_t ub) {
    switch (op) {
        case kAdd:
            return ua + ub;
        case kSwap:
            return ub;
        case kXor:
            return ua ^ ub;
        case kOr:
            return ua | ub;
        case kAnd:
            return ua & ub;
        case kMin:
            return a < b ? ua : ub;
        case kMax:
            return a > b ? ua : ub;
        case kMinu:
            return ua < ub ? ua : ub;
        case kMaxu:
            return ua > ub ? ua : ub;
    }
    return 0;
}

static uint32_t amo(enum op op, unsigned order, unsigned funct3, unsigned rd, unsigned rs2) {
    return (uint32_t)op << 27 | order << 25 | rs2 << 20 | kA0 << 15 | funct3 << 12 | rd << 7 | 0x2f;
}

static uint64_t cells[3];

static void check_words(enum op op, uint64_t memory, uint64_t operand, unsigned order) {
    const uint64_t guard = 0x5a5a5a5a5a5a5a5a;
    cells[0] = guard << 32 | (uint32_t)memory;
    struct context c = {.x = {[kA0] = (reg_t)cells, [kA1] = (reg_t)operand}};
    run_word(&c, kUser, amo(op, order, 2, kA2, kA1));
    CHECK_EQ(c.cause, kEcallU);
    CHECK_EQ(c.x[kA2], (reg_t)(sreg_t)(int32_t)memory);
    const uint32_t want =
        (uint32_t)model(op, (int32_t)memory, (int32_t)operand, (uint32_t)memory, (uint32_t)operand);
    CHECK_EQ(cells[0], guard << 32 | want);
}

static void check_doubles(enum op op, uint64_t memory, uint64_t operand, unsigned order) {
    cells[1] = memory;
    struct context c = {.x = {[kA0] = (reg_t)&cells[1], [kA1] = (reg_t)operand}};
    run_word(&c, kUser, amo(op, order, 3, kA2, kA1));
    CHECK_EQ(c.cause, kEcallU);
    CHECK_EQ(c.x[kA2], (reg_t)memory);
    CHECK_EQ(cells[1], model(op, (int64_t)memory, (int64_t)operand, memory, operand));
}

static void coinciding(void) {
    for (row = 0; row < sizeof kOps; ++row) {
        const enum op op = kOps[row];
        const uint32_t want = (uint32_t)model(op, 7, 9, 7, 9);
        cells[0] = 7;
        struct context c = {.x = {[kA0] = (reg_t)cells, [kA1] = 9}};
        run_word(&c, kUser, amo(op, 0, 2, 0, kA1));  // no result
        CHECK_EQ((uint32_t)cells[0], want);
        cells[0] = 7;
        c = (struct context){.x = {[kA0] = (reg_t)cells, [kA1] = 9}};
        run_word(&c, kUser, amo(op, 0, 2, kA1, kA1));  // result over operand
        CHECK_EQ(c.x[kA1], 7);
        CHECK_EQ((uint32_t)cells[0], want);
        cells[0] = 7;
        c = (struct context){.x = {[kA0] = (reg_t)cells, [kA1] = 9}};
        run_word(&c, kUser, amo(op, 0, 2, kA0, kA1));  // result over address
        CHECK_EQ(c.x[kA0], 7);
        CHECK_EQ((uint32_t)cells[0], want);
        cells[0] = 7;
        c = (struct context){.x = {[kA0] = (reg_t)cells}};
        run_word(&c, kUser, amo(op, 0, 2, kA2, kA0));  // the address is the operand
        const uint32_t self = (uint32_t)(reg_t)cells;
        CHECK_EQ((uint32_t)cells[0], (uint32_t)model(op, 7, (int32_t)self, 7, self));
    }
}

void test(void) {
    for (unsigned o = 0; o < sizeof kOps; ++o) {
        for (unsigned i = 0; i < kValueCount * kValueCount; ++i) {
            row = o * 1000 + i;
            const uint64_t memory = kValues[i / kValueCount], operand = kValues[i % kValueCount];
            check_words(kOps[o], memory, operand, i % 4);
            if (XLEN == 64) check_doubles(kOps[o], memory, operand, i % 4);
        }
    }
    coinciding();
}
