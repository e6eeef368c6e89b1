// A and D are set by the access that needs them and by no other, even when the translation is
// already known. Where the hart raises page faults instead (Svade), software does the setting.
#include "paging.h"

static void check_flags(struct space* space, reg_t want) {
    CHECK_EQ(*pte_of(space, TEST_VA, 0) & (kA | kD), want);
}

static void touch(struct space* space, enum access access, int sets_ad, reg_t sets) {
    if (!sets_ad && (*pte_of(space, TEST_VA, 0) & sets) != sets) {
        CHECK_DENIED(kSupervisor, access, TEST_VA, page_fault(access));
        *pte_of(space, TEST_VA, 0) |= sets;
        sfence(TEST_VA);
    }
    CHECK_ALLOWED(kSupervisor, access, TEST_VA);
}

void test(void) {
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        const int sets_ad = hardware_sets_ad(&space);
        for (row = 0; row < 50; ++row) {
            data_pages[0][0] = ECALL_WORD;
            map(&space, TEST_VA, (reg_t)data_pages[0], kV | kR | kW | kX, 0);
            check_flags(&space, 0);
            touch(&space, row & 1 ? kFetch : kLoad, sets_ad, kA);
            check_flags(&space, kA);
            touch(&space, kLoad, sets_ad, kA);
            touch(&space, kFetch, sets_ad, kA);
            check_flags(&space, kA);
            touch(&space, kStore, sets_ad, kA | kD);
            check_flags(&space, kA | kD);
        }
        space_leave();
    }
}
