// A store across two pages whose second page is a device's, or nothing's: both parts are stored, or
// it traps and neither is. The device is the CLINT's mtimecmp, which begins a page.
#include "paging.h"

// a2: rounds.
FRAGMENT(store_word, "1: sw a1, 0(a0)\n addi a2, a2, -1\n bnez a2, 1b");
#define MTIMECMP (CLINT + 0x4000u)
#define BOUNDARY (TEST_VA + kPage)

static void crossing(reg_t address) {
    data_pages[0][kPage / 4 - 1] = 0xeeeeeeee;
    write32(MTIMECMP, 0xffffffff);
    const struct context c = run(kSupervisor, store_word, address, 0x11223344, 1, 0);
    const uint32_t memory = data_pages[0][kPage / 4 - 1];
    const uint32_t device = read32(MTIMECMP);
    if (c.cause == kEcallS) {
        CHECK(memory != 0xeeeeeeee && device != 0xffffffff);
        return;
    }
    CHECK(c.cause == kStoreAccess || c.cause == kStoreMisaligned);
    CHECK_EQ(c.pc, (reg_t)store_word);
    CHECK_EQ(memory, 0xeeeeeeee);
    CHECK_EQ(device, 0xffffffff);
}

void test(void) {
    struct space space;
    space_init(&space, kMinLevels);
    space_use(&space);
    map(&space, TEST_VA, (reg_t)data_pages[0], kRw, 0);
    // The store is hot by then.
    map(&space, BOUNDARY, (reg_t)data_pages[1], kRw, 0);
    run(kSupervisor, store_word, BOUNDARY - 1, 0, kHotRounds, 0);
    map(&space, BOUNDARY, MTIMECMP, kRw, 0);
    for (row = 1; row < 4; ++row) crossing(BOUNDARY - row);

    map(&space, BOUNDARY, UNMAPPED, kRw, 0);
    for (row = 1; row < 4; ++row) {
        data_pages[0][kPage / 4 - 1] = 0xeeeeeeee;
        const struct context c = run(kSupervisor, store_word, BOUNDARY - row, 0x11223344, 1, 0);
        CHECK_EQ(c.cause, kStoreAccess);
        CHECK_EQ(c.pc, (reg_t)store_word);
        CHECK_EQ(data_pages[0][kPage / 4 - 1], 0xeeeeeeee);
    }
}
