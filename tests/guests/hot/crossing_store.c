// A hot store across two pages whose second page becomes read-only, goes away, or holds code that
// runs: it stores both parts or neither, and the code that it changed runs in its new version.
// (crossing_device does the same with a device there.)
#include "paging.h"

enum { kFirst = 2, kSecond = 7 };
#define BOUNDARY (TEST_VA + kPage)
#define CODE_VA (TEST_VA + 9 * kPage)  // the second page, to run it

// a0: address, a1: value, a3: rounds.
FRAGMENT(store, "1: sw a1, 0(a0)\n addi a3, a3, -1\n bnez a3, 1b");
// In each round a store, with `addi a2, a2, n` in its upper half-word, and a call of that: n is 1
// to 16 by turns. a1: where the code runs.
FRAGMENT(store_and_call,
         "li t1, 0x0605\n 1: andi t2, a3, 15\n slli t2, t2, 2\n add t2, t2, t1\n"
         "slli t2, t2, 16\n sw t2, -2(a0)\n fence.i\n mv t3, a4\n"
         "2: jalr ra, 0(a1)\n addi t3, t3, -1\n bnez t3, 2b\n addi a3, a3, -1\n bnez a3, 1b");

static uint32_t first_word(void) { return data_pages[kFirst][kPage / 4 - 1]; }
static void clear(void) { data_pages[kFirst][kPage / 4 - 1] = data_pages[kSecond][0] = 0xeeeeeeee; }

static void refused(struct space* space, enum mode mode, reg_t address, reg_t flags) {
    map(space, BOUNDARY, (reg_t)data_pages[kSecond], kRw | (mode == kUser ? kU : 0), 0);
    const char* code = text_in(mode, store);
    struct context c = run(mode, code, address, 0, 0, kHotRounds);
    CHECK_EQ(c.cause, ecall_of(mode));
    CHECK(first_word() != 0xeeeeeeee && data_pages[kSecond][0] != 0xeeeeeeee);
    clear();
    map(space, BOUNDARY, (reg_t)data_pages[kSecond], flags, 0);
    c = run(mode, code, address, 0x11223344, 0, kHotRounds);
    CHECK_TRAP(c, kStorePage, code, BOUNDARY);
    CHECK_EQ(c.x[kA3], kHotRounds);
    CHECK_EQ(first_word(), 0xeeeeeeee);
    CHECK_EQ(data_pages[kSecond][0], 0xeeeeeeee);
}

static void onto_code(struct space* space, enum mode mode, unsigned rounds, unsigned calls) {
    const reg_t user = mode == kUser ? kU : 0;
    map(space, BOUNDARY, (reg_t)data_pages[kSecond], kRw | user, 0);
    map(space, CODE_VA, (reg_t)data_pages[kSecond], kRx | user, 0);
    data_pages[kSecond][0] = 0x80820601;  // c.addi a2, 0; ret
    fence_i();
    struct context c = {.pc = (reg_t)text_in(mode, store_and_call), .mode = mode};
    c.x[kA0] = BOUNDARY;
    c.x[kA1] = CODE_VA;
    c.x[kA3] = rounds;
    c.x[kA4] = calls;
    enter(&c);
    CHECK_EQ(c.cause, ecall_of(mode));
    reg_t sum = 0;
    for (unsigned i = rounds; i > 0; --i) sum += (i % 16 + 1) * calls;
    CHECK_EQ(c.x[kA2], sum);
}

void test(void) {
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        for (unsigned user = 0; user < 2; ++user) {
            const enum mode mode = user ? kUser : kSupervisor;
            map(&space, TEST_VA, (reg_t)data_pages[kFirst], kRw | (user ? kU : 0), 0);
            for (unsigned before = 1; before < 4; ++before) {
                row = (unsigned)levels * 100 + user * 10 + before;
                refused(&space, mode, BOUNDARY - before, 0);
                refused(&space, mode, BOUNDARY - before, (kRw & ~kW) | (user ? kU : 0));
                refused(&space, mode, BOUNDARY - before, kRw | (user ? 0 : kU));
            }
            onto_code(&space, mode, kHotRounds, 1);
            onto_code(&space, mode, 16, kHotRounds);
        }
        space_leave();
    }
}
