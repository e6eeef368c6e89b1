// Code at one address whose page changes while a caller in another page keeps calling it, and a
// loop whose own next page changes: links between translated blocks must follow the mapping.
#include "paging.h"

#if XLEN == 64
#define STORE_REG "sd"
#else
#define STORE_REG "sw"
#endif

// a0: callee, a1: its entry, a2 / a3: the two values of the entry. Each round calls, remaps, fences
// and sums what came back: 1 from the first page, 1000 from the second.
FRAGMENT(call_both,
         "li t0, 0\n li t1, 500\n"
         "1: jalr ra, 0(a0)\n add t0, t0, a4\n" STORE_REG
         " a3, 0(a1)\n sfence.vma\n"
         "jalr ra, 0(a0)\n add t0, t0, a4\n" STORE_REG
         " a2, 0(a1)\n sfence.vma\n"
         "addi t1, t1, -1\n bnez t1, 1b");

static const uint32_t kReturnOne[] = {0x00100713, 0x00008067};       // li a4, 1; ret
static const uint32_t kReturnThousand[] = {0x3e800713, 0x00008067};  // li a4, 1000; ret
// Falls out of its page: nop at the last word, then the next page's code.
static const uint32_t kNop = 0x00000013;

static void place(unsigned page, unsigned word, const uint32_t* code, unsigned words) {
    for (unsigned i = 0; i < words; ++i) data_pages[page][word + i] = code[i];
}

void test(void) {
    place(0, 0, kReturnOne, 2);
    place(1, 0, kReturnThousand, 2);
    place(2, kPage / 4 - 1, &kNop, 1);
    fence_i();
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        map(&space, TEST_VA, (reg_t)data_pages[2], kRwx, 0);
        map(&space, TEST_VA + kPage, (reg_t)data_pages[0], kRwx, 0);
        const reg_t entry = (reg_t)pte_of(&space, TEST_VA + kPage, 0);
        const reg_t first = pte((reg_t)data_pages[0], kRwx);
        const reg_t second = pte((reg_t)data_pages[1], kRwx);
        // Called at its start, and fallen into from the page before.
        for (row = 0; row < 2; ++row) {
            const reg_t callee = TEST_VA + kPage - 4 * row;
            sfence_all();
            struct context c = run(kSupervisor, call_both, callee, entry, first, second);
            CHECK_DONE(c, call_both);
            CHECK_EQ(c.x[kT0], 500 * 1001);
        }
        space_leave();
    }
}
