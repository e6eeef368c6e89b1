// Superpages of every level, and one that is split into pages (privileged specification, "Virtual
// Address Translation Process", step 5 and after).
#include "paging.h"

static reg_t own_address(int level) { return (reg_t)-1 << (12 + level * kIndexBits); }

static void check_word(reg_t address, unsigned page) {
    data_pages[page][5] = 0;
    CHECK_ALLOWED(kSupervisor, kStore, address);
    CHECK_EQ(data_pages[page][5], 0x600d);
    CHECK_EQ(probe(kSupervisor, kLoad, address).x[kA0], 0x600d);
}

static void each_level(struct space* space) {
    for (int level = 1; level < space->levels; ++level) {
        row = (unsigned)level;
        const reg_t size = (reg_t)kPage << (level * kIndexBits);
        const reg_t physical = RAM_BASE & ~(size - 1);
        map(space, own_address(level), physical, kRwx, level);
        const reg_t base = own_address(level) - physical;
        check_word(base + (reg_t)&data_pages[0][5], 0);
        check_word(base + (reg_t)&data_pages[9][5], 9);
        data_pages[3][0] = ECALL_WORD;
        CHECK_ALLOWED(kSupervisor, kFetch, base + (reg_t)data_pages[3]);
        map(space, own_address(level), 0, 0, level);
        CHECK_DENIED(kSupervisor, kLoad, base + (reg_t)data_pages[3], kLoadPage);
    }
}

// The pages of a former superpage point the other way round.
static void split(struct space* space) {
    const reg_t address = own_address(1);
    const reg_t offset = (reg_t)data_pages & (((reg_t)kPage << kIndexBits) - 1);
    map(space, address, RAM_BASE, kRwx, 1);
    check_word(address + offset + 20, 0);
    *pte_of(space, address, 1) = 0;
    for (reg_t i = 0; i < kDataPages; ++i)
        map(space, address + offset + i * kPage, (reg_t)data_pages[kDataPages - 1 - i], kRwx, 0);
    sfence_all();
    for (row = 0; row < kDataPages; ++row)
        check_word(address + offset + row * kPage + 20, kDataPages - 1 - row);
    CHECK_DENIED(kSupervisor, kLoad, address + offset + kDataPages * kPage, kLoadPage);
}

void test(void) {
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        each_level(&space);
        split(&space);
        space_leave();
    }
}
