// A hot loop calls a function that another hot loop has just rewritten through another address:
// each version runs often enough to be compiled.
#include "paging.h"

#define CODE_VA TEST_VA
#define WRITE_VA (TEST_VA + 9 * kPage)
enum { kVersions = 12 };

// a0: the function, a1: where to write it, a3: versions, a4: calls of each. Version n adds n.
FRAGMENT(patch_and_call,
         "li t1, 0x00060613\n li t2, 1\n"
         "1: slli t3, t2, 20\n or t3, t3, t1\n sw t3, 0(a1)\n fence.i\n mv t4, a4\n"
         "2: jalr ra, 0(a0)\n addi t4, t4, -1\n bnez t4, 2b\n"
         "addi t2, t2, 1\n bleu t2, a3, 1b");

static void check(enum mode mode, reg_t code, reg_t write) {
    const uint32_t kRet = 0x00008067;
    data_pages[3][1] = kRet;
    fence_i();
    struct context c = {.pc = (reg_t)text_in(mode, patch_and_call), .mode = mode};
    c.x[kA0] = code;
    c.x[kA1] = write;
    c.x[kA3] = kVersions;
    c.x[kA4] = kHotRounds;
    enter(&c);
    CHECK_EQ(c.cause, ecall_of(mode));
    CHECK_EQ(c.x[kA2], (reg_t)kHotRounds * kVersions * (kVersions + 1) / 2);
}

void test(void) {
    static const enum mode kModes[] = {kMachine, kSupervisor, kUser};
    for (row = 0; row < 3; ++row) check(kModes[row], (reg_t)data_pages[3], (reg_t)data_pages[3]);
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        for (unsigned user = 0; user < 2; ++user) {
            row = 10 * (unsigned)levels + user;
            map(&space, CODE_VA, (reg_t)data_pages[3], kRx | (user ? kU : 0), 0);
            map(&space, WRITE_VA, (reg_t)data_pages[3], kRw | (user ? kU : 0), 0);
            check(user ? kUser : kSupervisor, CODE_VA, WRITE_VA);
        }
        space_leave();
    }
}
