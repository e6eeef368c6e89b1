// Tables that are wrong: pointers with leaf bits, misaligned superpages, reserved bits, addresses
// that are not canonical, leaves outside RAM (privileged specification, "Virtual Address
// Translation Process", steps 3 to 6).
#include "paging.h"

static void deny_all(reg_t address, reg_t (*cause)(enum access)) {
    for (enum access access = kFetch; access <= kStore; ++access) {
        CHECK_DENIED(kSupervisor, access, address, cause(access));
        CHECK_EQ(data_pages[0][0], ECALL_WORD);
    }
}

// An address whose tables, below the root, the program's image does not share.
static reg_t own_address(const struct space* space) {
    return (reg_t)-1 << (12 + (space->levels - 1) * kIndexBits);
}

// A, D and U are reserved in a pointer to the next level.
static void pointers(struct space* space) {
    const reg_t address = own_address(space);
    for (int level = 1; level < space->levels; ++level) {
        map(space, address, (reg_t)data_pages[0], kRwx, 0);
        reg_t* pointer = pte_of(space, address, level);
        const reg_t good = *pointer;
        CHECK_ALLOWED(kSupervisor, kLoad, address);
        const reg_t bad[] = {good | kA, good | kD, good | kU, good & ~(reg_t)kV, good | kW};
        for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
            row = (unsigned)level * 10 + i;
            *pointer = bad[i];
            sfence_all();
            deny_all(address, page_fault);
        }
        *pointer = good | kG;  // global is a pointer's own
        sfence_all();
        CHECK_ALLOWED(kSupervisor, kLoad, address);
        *pointer = good;
        sfence_all();
    }
}

// A superpage whose physical address is not a multiple of its size.
static void misaligned_superpages(struct space* space) {
    for (int level = 1; level < space->levels; ++level) {
        for (int bit = 0; bit < level * kIndexBits; bit += kIndexBits - 1) {
            row = (unsigned)level * 100 + bit;
            const reg_t address = (reg_t)-1 << (12 + level * kIndexBits);
            reg_t* leaf = pte_of(space, address, level);
            const reg_t old = *leaf;
            *leaf = pte(RAM_BASE | (reg_t)kPage << bit, kRwx);
            sfence_all();
            deny_all(address, page_fault);
            *leaf = old;
            sfence_all();
        }
    }
}

#if XLEN == 64
// Bits 54 to 62: reserved, and memory types that this machine does not have.
static void reserved_bits(struct space* space) {
    const reg_t address = own_address(space);
    for (int bit = 54; bit < 63; ++bit) {
        row = (unsigned)bit;
        map(space, address, (reg_t)data_pages[0], kRwx | (reg_t)1 << bit, 0);
        deny_all(address, page_fault);
    }
    map(space, address, (reg_t)data_pages[0], kRwx, 0);
    for (int level = 1; level < space->levels; ++level) {
        reg_t* pointer = pte_of(space, address, level);
        for (int bit = 54; bit < 64; ++bit) {
            row = (unsigned)(level * 100 + bit);
            *pointer ^= (reg_t)1 << bit;
            sfence_all();
            deny_all(address, page_fault);
            *pointer ^= (reg_t)1 << bit;
        }
    }
    sfence_all();
}

// All bits above the address must equal its highest one.
static void not_canonical(struct space* space) {
    const int width = 12 + kIndexBits * space->levels;
    map(space, TEST_VA, (reg_t)data_pages[0], kRwx, 0);
    const reg_t high = (reg_t)-1 << width | TEST_VA | (reg_t)1 << (width - 1);
    map(space, high, (reg_t)data_pages[0], kRwx, 0);
    CHECK_ALLOWED(kSupervisor, kStore, high);
    CHECK_ALLOWED(kSupervisor, kLoad, TEST_VA);
    data_pages[0][0] = ECALL_WORD;
    CHECK_ALLOWED(kSupervisor, kFetch, high);
    for (int bit = width - 1; bit < 64; ++bit) {
        row = (unsigned)bit;
        deny_all(TEST_VA ^ (reg_t)1 << bit, page_fault);
        if (bit >= width) deny_all(high ^ (reg_t)1 << bit, page_fault);
    }
}
#else
static void reserved_bits(struct space* space) { (void)space; }
static void not_canonical(struct space* space) { (void)space; }
#endif

static void outside_ram(struct space* space) {
    map(space, TEST_VA, UNMAPPED, kRwx, 0);
    deny_all(TEST_VA, access_fault);
#if XLEN == 64
    map(space, TEST_VA, (reg_t)0xfffffffffff << 12, kRwx, 0);
#else
    // Sv32 reaches 34 bits of physical address.
    *pte_of(space, TEST_VA, 0) = (reg_t)0x3fffff << kPteShift | kRwx;
    sfence(TEST_VA);
#endif
    deny_all(TEST_VA, access_fault);
}

void test(void) {
    data_pages[0][0] = ECALL_WORD;
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        pointers(&space);
        misaligned_superpages(&space);
        reserved_bits(&space);
        not_canonical(&space);
        outside_ram(&space);
        space_leave();
    }
}
