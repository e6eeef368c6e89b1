// A page-table entry that another hart changes: after an interrupt on which it executes sfence.vma,
// a hart uses the new translation, for loads, stores and code.
#include "paging.h"
#include "smp.h"

enum { kRounds = 200 };
static volatile uint32_t ready, acknowledged, done;
static struct space space;
// Runs hot until the interrupt; a2 is what was read last.
FRAGMENT(read_hot, "1: lw a2, 0(a0)\n jalr ra, 4(a0)\n j 1b");

void secondary(reg_t hart) {
    if (hart != 1) return;
    CSR_WRITE(pmpaddr0, -1);
    CSR_WRITE(pmpcfg0, 0x1f);
    CSR_WRITE(mie, 1u << kMsi);
    space_use(&space);
    for (unsigned round = 1; round <= kRounds; ++round) {
        struct context c = {.pc = (reg_t)read_hot, .mode = kSupervisor};
        c.x[kA0] = TEST_VA;
        store_release(&ready, round);
        enter(&c);
        CHECK_EQ(c.cause, INTERRUPT(kMsi));
        clear_ipi(1);
        sfence_all();
        CHECK_EQ(probe(kSupervisor, kLoad, TEST_VA).x[kA0], 100 + round % 2);
        const struct context called = probe(kSupervisor, kFetch, TEST_VA + 8);
        CHECK_TRAP(called, kEcallS, (void*)(TEST_VA + 12), 0);
        CHECK_EQ(called.x[kA3], 200 + round % 2);
        CHECK_ALLOWED(kSupervisor, kStore, TEST_VA + 64);
        CHECK_EQ(data_pages[round % 2][16], 0x600d);
        CHECK_EQ(data_pages[1 - round % 2][16], 0);
        data_pages[round % 2][16] = 0;
        store_release(&acknowledged, round);
        wait_for(&acknowledged, 0);
    }
    store_release(&done, 1);
}

void test(void) {
    for (unsigned i = 0; i < 2; ++i) {
        data_pages[i][0] = 100 + i;
        data_pages[i][1] = 0x00008067;                    // ret
        data_pages[i][2] = 0x00000693 | (200 + i) << 20;  // li a3, 200 + i
        data_pages[i][3] = ECALL_WORD;
    }
    space_init(&space, kMinLevels);
    map(&space, TEST_VA, (reg_t)data_pages[0], kRwx, 0);
    release_harts();
    for (row = 1; row <= kRounds; ++row) {
        wait_for(&ready, row);
        *pte_of(&space, TEST_VA, 0) = pte((reg_t)data_pages[row % 2], kRwx);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        send_ipi(1);
        wait_for(&acknowledged, row);
        store_release(&acknowledged, 0);
    }
    wait_for(&done, 1);
}
