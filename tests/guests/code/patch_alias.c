// Code rewritten through another virtual address than the one it runs at, and through its physical
// address from M-mode.
#include "paging.h"

#define CODE_VA TEST_VA
#define WRITE_VA (TEST_VA + 9 * kPage)
#define ADDI_A2(n) (0x00060613u | (uint32_t)(n) << 20)

// a0: where to run, a1: where to write, a3: rounds. Each round writes its number and runs it.
FRAGMENT(patch_and_call,
         "li t1, 0x00060613\n li t2, 0\n"
         "1: andi t3, t2, 1023\n slli t3, t3, 20\n or t3, t3, t1\n sw t3, 0(a1)\n fence.i\n"
         "jalr ra, 0(a0)\n addi t2, t2, 1\n bne t2, a3, 1b");

void test(void) {
    const uint32_t kRet = 0x00008067;
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        data_pages[3][1] = kRet;
        for (unsigned user = 0; user < 2; ++user) {
            const enum mode mode = user ? kUser : kSupervisor;
            space_use(&space);
            map(&space, CODE_VA, (reg_t)data_pages[3], kRx | (user ? kU : 0), 0);
            map(&space, WRITE_VA, (reg_t)data_pages[3], kRw | (user ? kU : 0), 0);
            struct context c = run(mode, text_in(mode, patch_and_call), CODE_VA, WRITE_VA, 0, 3000);
            CHECK_EQ(c.cause, ecall_of(mode));
            CHECK_EQ(c.x[kA2], 2 * (1023 * 512) + 951 * 952 / 2);
            // From M-mode, by physical address.
            for (row = 0; row < 100; ++row) {
                data_pages[3][0] = ADDI_A2(row);
                data_pages[3][1] = ECALL_WORD;
                fence_i();
                c = run(mode, (void*)CODE_VA, 0, 0, 1, 0);
                CHECK_EQ(c.x[kA2], row + 1);
            }
            data_pages[3][1] = kRet;
        }
        space_leave();
    }
}
