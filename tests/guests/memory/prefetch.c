// Prefetches are hints: they change nothing and never trap, wherever they point (unprivileged
// specification, Zicbop; they are encoded as "ori x0", so every machine has them).
#include "paging.h"

FRAGMENT(prefetches,
         "prefetch.i 0(a0)\n prefetch.r 32(a0)\n prefetch.w -2048(a0)\n addi a2, a2, 1");
// Also pause and fences, those with reserved fields among them, which are ordinary fences.
FRAGMENT(pauses, "pause\n fence.tso\n .word 0x0000000f\n fence rw, w\n fence\n .word 0x0ff0008f");

void test(void) {
    static const reg_t kAddresses[] = {0, UNMAPPED, RAM_BASE, UART, TEST_VA, (reg_t)-1, 3};
    struct space space;
    space_init(&space, kMinLevels);
    map(&space, TEST_VA, (reg_t)data_pages[0], 0, 0);
    static const enum mode kModes[] = {kUser, kSupervisor, kMachine};
    for (unsigned paged = 0; paged < 2; ++paged) {
        if (paged) space_use(&space);
        for (unsigned m = 0; m < 3; ++m) {
            for (unsigned i = 0; i < sizeof kAddresses / sizeof(reg_t); ++i) {
                row = paged * 1000 + m * 100 + i;
                struct context c =
                    run(kModes[m], text_in(kModes[m], prefetches), kAddresses[i], 0, 0, 0);
                CHECK_EQ(c.cause, ecall_of(kModes[m]));
                CHECK_EQ(c.x[kA2], 1);
            }
            const struct context c = run(kModes[m], text_in(kModes[m], pauses), 0, 0, 0, 0);
            CHECK_EQ(c.cause, ecall_of(kModes[m]));
        }
    }
    space_leave();
}
