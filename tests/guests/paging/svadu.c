// menvcfg.ADUE chooses: A and D are set by the hart (Svadu), or missing ones are page faults
// (Svade).
#include "paging.h"

static void set_adue(int on) {
#if XLEN == 64
    const reg_t adue = (reg_t)1 << 61;
    if (on)
        CSR_SET(0x30a, adue);
    else
        CSR_CLEAR(0x30a, adue);
    CHECK_EQ((CSR_READ(0x30a) & adue) != 0, on);
#else
    const reg_t adue = (reg_t)1 << 29;
    if (on)
        CSR_SET(0x31a, adue);
    else
        CSR_CLEAR(0x31a, adue);
    CHECK_EQ((CSR_READ(0x31a) & adue) != 0, on);
#endif
    sfence_all();
}

static reg_t flags_after(struct space* space, reg_t before, enum access access, int allowed) {
    map(space, TEST_VA, (reg_t)data_pages[0], before, 0);
    data_pages[0][0] = ECALL_WORD;
    if (allowed)
        CHECK_ALLOWED(kSupervisor, access, TEST_VA);
    else
        CHECK_DENIED(kSupervisor, access, TEST_VA, page_fault(access));
    return *pte_of(space, TEST_VA, 0) & 0x3ff;
}

void test(void) {
    const reg_t bare = kV | kR | kW | kX;
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        for (row = 0; row < 2; ++row) {
            set_adue(1);
            CHECK_EQ(flags_after(&space, bare, kFetch, 1), bare | kA);
            CHECK_EQ(flags_after(&space, bare, kLoad, 1), bare | kA);
            CHECK_EQ(flags_after(&space, bare, kStore, 1), bare | kA | kD);
            CHECK_EQ(flags_after(&space, bare | kA, kStore, 1), bare | kA | kD);
            set_adue(0);
            CHECK_EQ(flags_after(&space, bare, kFetch, 0), bare);
            CHECK_EQ(flags_after(&space, bare, kLoad, 0), bare);
            CHECK_EQ(flags_after(&space, bare, kStore, 0), bare);
            CHECK_EQ(flags_after(&space, bare | kA, kLoad, 1), bare | kA);
            CHECK_EQ(flags_after(&space, bare | kA, kStore, 0), bare | kA);
        }
        space_leave();
    }
}
