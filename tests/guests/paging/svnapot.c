// Svnapot: 64 KiB from sixteen equal entries; every other use of the N bit is a page fault
// (privileged specification, "Svnapot").
#include "paging.h"

enum { kNapotPages = 16, kNapot64K = 8 };

static void map_napot(struct space* space, reg_t address, reg_t physical, reg_t low) {
    for (reg_t i = 0; i < kNapotPages; ++i)
        map(space, address + i * kPage, physical | low << 12, kRwx | PTE_N, 0);
}

void test(void) {
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        map_napot(&space, TEST_VA, (reg_t)data_pages, kNapot64K);
        for (row = 0; row < kNapotPages; ++row) {
            const reg_t address = TEST_VA + row * kPage;
            data_pages[row][0] = row;
            CHECK_EQ(probe(kSupervisor, kLoad, address).x[kA0], row);
            CHECK_ALLOWED(kSupervisor, kStore, address + 4 * row);
            CHECK_EQ(data_pages[row][row], 0x600d);
            data_pages[row][0] = ECALL_WORD;
            CHECK_ALLOWED(kSupervisor, kFetch, address);
        }
        // Across two pages of one region.
        data_pages[0][kPage / 4 - 1] = 0x11223344;
        data_pages[1][0] = 0x55667788;
        CHECK_EQ((uint32_t)probe(kSupervisor, kLoad, TEST_VA + kPage - 2).x[kA0], 0x77881122);
        for (row = 0; row < 16; ++row) {
            if (row == kNapot64K) continue;
            map(&space, TEST_VA, (reg_t)data_pages | (reg_t)row << 12, kRwx | PTE_N, 0);
            CHECK_DENIED(kSupervisor, kLoad, TEST_VA, kLoadPage);
            CHECK_DENIED(kSupervisor, kStore, TEST_VA, kStorePage);
            CHECK_DENIED(kSupervisor, kFetch, TEST_VA, kFetchPage);
        }
        space_leave();
    }
}
