// An interpreter of byte code, hot: computed jumps that lead to few places at first and to more
// later, and computed calls.
#include "paging.h"

enum { kCode = 3 * kPage, kEnd = 4, kRounds = 8 };

// a0: byte code, a2: a number that it changes. Each operation takes 16 bytes.
FRAGMENT(interpret,
         "mv t6, ra\n lla a5, 3f\n lla a6, 8f\n lla a7, 9f\n"
         "1: lbu t0, 0(a0)\n addi a0, a0, 1\n slli t0, t0, 4\n add t0, t0, a5\n jr t0\n"
         ".balign 16\n 3: addi a2, a2, 3\n j 1b\n"
         ".balign 16\n slli t1, a2, 1\n xor a2, a2, t1\n j 1b\n"
         ".balign 16\n jalr ra, 0(a6)\n j 1b\n"
         ".balign 16\n jalr ra, 0(a7)\n j 1b\n"
         ".balign 16\n j 7f\n"
         "8: addi a2, a2, 5\n ret\n"
         "9: srli t1, a2, 3\n add a2, a2, t1\n ret\n"
         "7: mv ra, t6");

static reg_t expected(const uint8_t* code, reg_t number) {
    for (;; ++code) {
        if (*code == 0) number += 3;
        if (*code == 1) number ^= number << 1;
        if (*code == 2) number += 5;
        if (*code == 3) number += number >> 3;
        if (*code == kEnd) return number;
    }
}

static void check(enum mode mode, reg_t base) {
    uint8_t* const code = (uint8_t*)data_pages;
    // So many operations are used: the last ones come late.
    for (unsigned used = 1; used <= kEnd; ++used) {
        for (unsigned round = 0; round < kRounds; ++round) {
            row = mode * 100 + used * 10 + round;
            uint32_t random = row;
            for (unsigned i = 0; i < kCode - 1; ++i) {
                random = random * 1664525 + 1013904223;
                code[i] = (uint8_t)((random >> 24) % used);
            }
            code[kCode - 1] = kEnd;
            const struct context c = run(mode, text_in(mode, interpret), base, 0, row, 0);
            CHECK_EQ(c.cause, ecall_of(mode));
            CHECK_EQ(c.x[kA0], base + kCode);
            CHECK_EQ(c.x[kA2], expected(code, row));
        }
    }
}

void test(void) {
    check(kMachine, (reg_t)data_pages);
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        for (unsigned user = 0; user < 2; ++user) {
            for (unsigned page = 0; page < kCode / kPage; ++page)
                map(&space, TEST_VA + page * kPage, (reg_t)data_pages[page], kRw | (user ? kU : 0),
                    0);
            check(user ? kUser : kSupervisor, TEST_VA);
        }
        space_leave();
    }
}
