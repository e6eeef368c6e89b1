// Loads and stores across two pages that lie apart in memory; where the second page, or the first,
// refuses, the trap names the part that failed and nothing is stored (privileged specification,
// mtval of misaligned accesses).
#include "paging.h"

#define STORE(name, insn) FRAGMENT(name, insn " a1, 0(a0)")
#define LOAD(name, insn) FRAGMENT(name, insn " a0, 0(a0)")
STORE(store_half, "sh");
STORE(store_word, "sw");
LOAD(load_half, "lhu");
LOAD(load_word, "lw");
#if XLEN == 64
STORE(store_double, "sd");
LOAD(load_double, "ld");
#endif
FRAGMENT(store_float, "fmv.w.x f0, a1\n fsw f0, 0(a0)");
FRAGMENT(load_float, "flw f0, 0(a0)\n fmv.x.w a0, f0");

static const struct {
    const char *load, *store;
    unsigned size, skip;  // bytes, and instructions before the access in the store
} kSizes[] = {
    {load_half, store_half, 2, 0},
    {load_word, store_word, 4, 0},
    {load_float, store_float, 4, 1},
#if XLEN == 64
    {load_double, store_double, 8, 0},
#endif
};
enum { kSizeCount = sizeof kSizes / sizeof kSizes[0], kFirst = 2, kSecond = 7 };
#define PATTERN ((reg_t)0x1122334455667788u)
#define BOUNDARY (TEST_VA + kPage)

static uint8_t* byte_at(reg_t address) {
    const unsigned page = address < BOUNDARY ? kFirst : kSecond;
    return (uint8_t*)data_pages[page] + address % kPage;
}

static void clear(void) {
    for (reg_t a = BOUNDARY - 16; a < BOUNDARY + 16; ++a) *byte_at(a) = 0xee;
}

static reg_t low_bytes(reg_t value, unsigned size) {
    return size == sizeof(reg_t) ? value : value & (((reg_t)1 << 8 * size) - 1);
}

static void works(enum mode mode, unsigned i, reg_t address) {
    clear();
    const unsigned size = kSizes[i].size;
    struct context c = run(mode, text_in(mode, kSizes[i].store), address, PATTERN, 0, 0);
    CHECK_EQ(c.cause, ecall_of(mode));
    for (reg_t a = BOUNDARY - 16; a < BOUNDARY + 16; ++a) {
        const int inside = a >= address && a < address + size;
        CHECK_EQ(*byte_at(a), inside ? (uint8_t)(PATTERN >> 8 * (a - address)) : 0xee);
    }
    c = run(mode, text_in(mode, kSizes[i].load), address, 0, 0, 0);
    CHECK_EQ(c.cause, ecall_of(mode));
    CHECK_EQ(low_bytes(c.x[kA0], size), low_bytes(PATTERN, size));
}

static void refused(enum mode mode, unsigned i, reg_t address, reg_t culprit, reg_t load_cause,
                    reg_t store_cause) {
    clear();
    const char* store = text_in(mode, kSizes[i].store);
    struct context c = run(mode, store, address, PATTERN, 0, 0);
    CHECK_TRAP(c, store_cause, store + 4 * kSizes[i].skip, culprit);
    for (reg_t a = BOUNDARY - 16; a < BOUNDARY + 16; ++a) CHECK_EQ(*byte_at(a), 0xee);
    const char* load = text_in(mode, kSizes[i].load);
    c = run(mode, load, address, 0, 0, 0);
    if (load_cause == 0) {
        CHECK_EQ(c.cause, ecall_of(mode));
    } else {
        CHECK_TRAP(c, load_cause, load, culprit);
        CHECK_EQ(c.x[kA0], address);
    }
}

static void each_place(struct space* space, enum mode mode) {
    const reg_t user = mode == kUser ? kU : 0;
    for (unsigned i = 0; i < kSizeCount; ++i) {
        for (unsigned before = 1; before < kSizes[i].size; ++before) {
            row = mode * 1000 + i * 100 + before;
            const reg_t address = BOUNDARY - before;
            map(space, TEST_VA, (reg_t)data_pages[kFirst], kRw | user, 0);
            map(space, BOUNDARY, (reg_t)data_pages[kSecond], kRw | user, 0);
            works(mode, i, address);
            map(space, BOUNDARY, (reg_t)data_pages[kSecond], 0, 0);
            refused(mode, i, address, BOUNDARY, kLoadPage, kStorePage);
            map(space, BOUNDARY, (reg_t)data_pages[kSecond], (kRw & ~kW) | user, 0);
            refused(mode, i, address, BOUNDARY, 0, kStorePage);
            map(space, BOUNDARY, (reg_t)data_pages[kSecond], kRw | (user ^ kU), 0);
            refused(mode, i, address, BOUNDARY, kLoadPage, kStorePage);
            map(space, BOUNDARY, (reg_t)data_pages[kSecond], kRw | user, 0);
            map(space, TEST_VA, (reg_t)data_pages[kFirst], 0, 0);
            refused(mode, i, address, address, kLoadPage, kStorePage);
        }
    }
}

void test(void) {
    CSR_SET(mstatus, MSTATUS_FS);
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        each_place(&space, kSupervisor);
        each_place(&space, kUser);
        space_leave();
    }
}
