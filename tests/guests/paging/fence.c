// One page at two addresses; every form of sfence.vma in the middle of the code that changed the
// table; address spaces told apart by their ASID, and global mappings (privileged specification,
// "Supervisor Memory-Management Fence Instruction").
#include "paging.h"

// a0: address, a1: its entry, a2: the new entry, a3: ASID. Leaves what was read before and after.
#define REMAP(name, fence) \
    FRAGMENT(name, "lw t0, 0(a0)\n" STORE_REG " a2, 0(a1)\n" fence "\n lw t1, 0(a0)")
#if XLEN == 64
#define STORE_REG "sd"
#define ASID_SHIFT 44
#define ASID_MASK 0xffffu
#else
#define STORE_REG "sw"
#define ASID_SHIFT 22
#define ASID_MASK 0x1ffu
#endif
REMAP(remap_all, "sfence.vma");
REMAP(remap_address, "sfence.vma a0");
REMAP(remap_asid, "sfence.vma x0, a3");
REMAP(remap_both, "sfence.vma a0, a3");
static const char* const kRemaps[] = {remap_all, remap_address, remap_asid, remap_both};

enum { kT1 = 6 };

static void aliases(struct space* space) {
    map(space, TEST_VA, (reg_t)data_pages[4], kRw, 0);
    map(space, TEST_VA + 5 * kPage, (reg_t)data_pages[4], kRw, 0);
    CHECK_ALLOWED(kSupervisor, kStore, TEST_VA + 8);
    CHECK_EQ(probe(kSupervisor, kLoad, TEST_VA + 5 * kPage + 8).x[kA0], 0x600d);
    data_pages[4][2] = 77;
    CHECK_EQ(probe(kSupervisor, kLoad, TEST_VA + 5 * kPage + 8).x[kA0], 77);
    CHECK_EQ(probe(kSupervisor, kLoad, TEST_VA + 8).x[kA0], 77);
}

static void forms(struct space* space) {
    for (row = 0; row < 4 * 50; ++row) {
        const unsigned from = row & 1, to = from ^ 1;
        map(space, TEST_VA, (reg_t)data_pages[from], kRw, 0);
        struct context c =
            run(kSupervisor, kRemaps[row % 4], TEST_VA, (reg_t)pte_of(space, TEST_VA, 0),
                pte((reg_t)data_pages[to], kRw), 0);
        CHECK_EQ(c.cause, kEcallS);
        CHECK_EQ(c.x[kT0], 100 + from);
        CHECK_EQ(c.x[kT1], 100 + to);
    }
}

// A right that is taken away, and a mapping that is.
static void lost_rights(struct space* space) {
    for (row = 0; row < 4; ++row) {
        map(space, TEST_VA, (reg_t)data_pages[0], kRw, 0);
        const reg_t entry = (reg_t)pte_of(space, TEST_VA, 0);
        CHECK_ALLOWED(kSupervisor, kStore, TEST_VA + 64);
        run(kSupervisor, kRemaps[row], TEST_VA, entry, pte((reg_t)data_pages[0], kRw & ~kW), 0);
        CHECK_DENIED(kSupervisor, kStore, TEST_VA + 64, kStorePage);
        CHECK_ALLOWED(kSupervisor, kLoad, TEST_VA + 64);
        const struct context c = run(kSupervisor, kRemaps[row], TEST_VA, entry, 0, 0);
        CHECK_TRAP(c, kLoadPage, kRemaps[row] + 12, TEST_VA);
    }
}

static void switch_to(const struct space* space, reg_t asid) {
    CSR_WRITE(satp, satp_of(space) | asid << ASID_SHIFT);
}

static void identifiers(struct space* space) {
    switch_to(space, ASID_MASK);
    const reg_t held = CSR_READ(satp) >> ASID_SHIFT & ASID_MASK;
    CHECK_EQ(held & (held + 1), 0);  // the implemented bits are the low ones
    if (held < 2) return;            // no ASIDs: software must fence
    map(space, TEST_VA, (reg_t)data_pages[0], kRw, 0);
    map(space, TEST_VA + kPage, (reg_t)data_pages[0], kRw | kG, 0);
    struct space other = *space;
    // The second space shares all but the table that holds TEST_VA.
    other.root = (reg_t*)data_pages[8];
    for (unsigned i = 0; i < kTableEntries; ++i) other.root[i] = space->root[i];
    reg_t* table = other.root;
    for (int level = space->levels - 1; level > 0; --level) {
        reg_t* entry = &table[(TEST_VA >> (12 + kIndexBits * level)) % kTableEntries];
        reg_t* copy = (reg_t*)data_pages[8 + level];
        const reg_t* original = (const reg_t*)(*entry >> kPteShift << 12);
        for (unsigned i = 0; i < kTableEntries; ++i) copy[i] = original[i];
        *entry = pte((reg_t)copy, kV);
        table = copy;
    }
    table[(TEST_VA >> 12) % kTableEntries] = pte((reg_t)data_pages[1], kRw);
    sfence_all();
    for (row = 0; row < 20; ++row) {
        switch_to(space, 1);
        CHECK_EQ(probe(kSupervisor, kLoad, TEST_VA).x[kA0], 100);
        CHECK_EQ(probe(kSupervisor, kLoad, TEST_VA + kPage).x[kA0], 100);
        switch_to(&other, 2);
        CHECK_EQ(probe(kSupervisor, kLoad, TEST_VA).x[kA0], 101);
        CHECK_EQ(probe(kSupervisor, kLoad, TEST_VA + kPage).x[kA0], 100);
    }
    space_use(space);
}

void test(void) {
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        data_pages[0][0] = 100;
        data_pages[1][0] = 101;
        aliases(&space);
        forms(&space);
        lost_rights(&space);
        identifiers(&space);
        space_leave();
    }
}
