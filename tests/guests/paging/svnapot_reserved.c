// With Svnapot the N bit stays reserved in superpages and in pointers, and bits 54 to 60 stay
// reserved everywhere (privileged specification, "Svnapot" and "Sv39").
#include "paging.h"

static void deny(reg_t address) {
    for (enum access access = kFetch; access <= kStore; ++access)
        CHECK_DENIED(kSupervisor, access, address, page_fault(access));
}

void test(void) {
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        for (int level = 1; level < levels; ++level) {
            row = (unsigned)level;
            const reg_t address = (reg_t)-1 << (12 + level * kIndexBits);
            map(&space, address, (reg_t)8 << 12, kRwx | PTE_N, level);
            deny(address);
            map(&space, address, 0, 0, level);
        }
        const reg_t address = (reg_t)-1 << (12 + (levels - 1) * kIndexBits);
        map(&space, address, (reg_t)data_pages, kRwx, 0);
        CHECK_ALLOWED(kSupervisor, kLoad, address);
        *pte_of(&space, address, 1) |= PTE_N;
        sfence_all();
        deny(address);
        for (int bit = 54; bit < 63; ++bit) {
            row = (unsigned)bit;
            map(&space, TEST_VA, (reg_t)data_pages, kRwx | (reg_t)1 << bit, 0);
            deny(TEST_VA);
        }
        space_leave();
    }
}
