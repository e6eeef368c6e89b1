// Two neighbouring pages show the same memory, and a jump goes from the one into the other: the
// target changes with the second page's mapping.
#include "paging.h"

#define SECOND (TEST_VA + kPage)

static void place(unsigned page, unsigned offset, uint32_t word) {
    data_pages[page][offset / 4] = word;
}

#define JUMP_32 0x0200006fu                             // j .+32
#define ADDI_A0(n) (0x00050513u | (uint32_t)(n) << 20)  // addi a0, a0, n

void test(void) {
    place(0, kPage - 16, JUMP_32);
    place(0, 16, ADDI_A0(1));
    place(0, 20, ECALL_WORD);
    place(1, 16, ADDI_A0(100));
    place(1, 20, ECALL_WORD);
    fence_i();
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        map(&space, TEST_VA, (reg_t)data_pages[0], kRx, 0);
        for (row = 0; row < 6; ++row) {
            const unsigned page = row / 3;
            map(&space, SECOND, (reg_t)data_pages[page], kRx, 0);
            const struct context c = run(kSupervisor, (const void*)(SECOND - 16), 0, 0, 0, 0);
            CHECK_TRAP(c, kEcallS, (void*)(SECOND + 20), 0);
            CHECK_EQ(c.x[kA0], page == 0 ? 1 : 100);
        }
        space_leave();
    }
}
