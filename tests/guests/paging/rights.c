// Every combination of a leaf's low eight bits, of SUM and of MXR, for every access from U and S,
// against the rules of the privileged specification ("Virtual Address Translation Process"), in
// every paging mode that the width has. A cleared A or D is either set by the hart or a page fault
// (Svade); the program finds out which and then expects it throughout.
#include "paging.h"

struct rules {
    int sum, mxr, sets_ad;
};

static int permitted(const struct rules* r, reg_t flags, enum mode mode, enum access access) {
    const int readable = (flags & kR) != 0;
    const int executable = (flags & kX) != 0;
    if (!(flags & kV) || (!readable && (flags & kW))) return 0;
    if (!readable && !executable) return 0;  // a pointer where no level is left
    if (mode == kUser && !(flags & kU)) return 0;
    if (mode == kSupervisor && (flags & kU) && (access == kFetch || !r->sum)) return 0;
    if (access == kFetch) return executable;
    if (access == kLoad) return readable || (r->mxr && executable);
    return (flags & kW) != 0;
}

static void check_leaf(struct space* space, const struct rules* r, reg_t flags, enum mode mode,
                       enum access access) {
    const reg_t needed = kA | (access == kStore ? kD : 0);
    map(space, TEST_VA, (reg_t)data_pages[0], flags, 0);
    const int complete = (flags & needed) == needed;
    const int allowed = permitted(r, flags, mode, access) && (complete || r->sets_ad);
    if (allowed)
        CHECK_ALLOWED(mode, access, TEST_VA);
    else
        CHECK_DENIED(mode, access, TEST_VA, page_fault(access));
    CHECK_EQ(*pte_of(space, TEST_VA, 0), pte((reg_t)data_pages[0], flags | (allowed ? needed : 0)));
    if (access == kStore) {
        CHECK_EQ(data_pages[0][0] == 0x600d, allowed);
        data_pages[0][0] = ECALL_WORD;
    }
}

static void check_rules(struct space* space, const struct rules* r) {
    CSR_CLEAR(mstatus, MSTATUS_SUM | MSTATUS_MXR);
    CSR_SET(mstatus, (r->sum ? MSTATUS_SUM : 0) | (r->mxr ? MSTATUS_MXR : 0));
    for (reg_t flags = 0; flags < 256; ++flags) {
        for (enum access access = kFetch; access <= kStore; ++access) {
            row = (unsigned)(flags * 100 + access * 10);
            check_leaf(space, r, flags, kUser, access);
            ++row;
            check_leaf(space, r, flags, kSupervisor, access);
        }
    }
}

void test(void) {
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        struct rules r = {.sets_ad = hardware_sets_ad(&space)};
        data_pages[0][0] = ECALL_WORD;
        for (r.sum = 0; r.sum < 2; ++r.sum)
            for (r.mxr = 0; r.mxr < 2; ++r.mxr) check_rules(&space, &r);
        space_leave();
    }
}
