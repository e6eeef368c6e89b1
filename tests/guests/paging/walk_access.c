// A page table outside RAM: an access fault of the kind of the access that needed the walk
// (privileged specification, "Virtual Address Translation Process", step 2).
#include "paging.h"

void test(void) {
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        for (int level = 1; level < levels; ++level) {
            const reg_t address = (reg_t)-1 << (12 + (levels - 1) * kIndexBits);
            for (int l = levels - 1; l > level; --l) *pte_of(&space, address, l) = 0;
            *pte_of(&space, address, level) = pte(UNMAPPED, kV);
            sfence_all();
            for (enum access access = kFetch; access <= kStore; ++access) {
                row = (unsigned)(levels * 100 + level * 10) + access;
                CHECK_DENIED(kSupervisor, access, address, access_fault(access));
            }
        }
        space_leave();
    }
}
