// Hot loops in U-mode on pages that come, go and change: by each kind of fence, between two address
// spaces, with other rights, and from data to code; devices among them; and addresses at the end of
// what a program may have.
#include "paging.h"

#if XLEN == 64
#define WIDE_LOADS "lwu t0, 12(a0)\n add a2, a2, t0\n ld t0, 16(a0)\n add a2, a2, t0\n"
#define WIDE_STORES "sd a3, 32(a0)\n"
enum { kAsidShift = 44 };
#else
#define WIDE_LOADS
#define WIDE_STORES
enum { kAsidShift = 22 };
#endif

// a0: address, a3: rounds; a2 sums.
FRAGMENT(sizes,
         "1: lb t0, 0(a0)\n add a2, a2, t0\n lbu t0, 1(a0)\n add a2, a2, t0\n"
         "lh t0, 2(a0)\n add a2, a2, t0\n lhu t0, 4(a0)\n add a2, a2, t0\n"
         "lw t0, 8(a0)\n add a2, a2, t0\n" WIDE_LOADS
         "sb a3, 24(a0)\n sh a3, 26(a0)\n"
         "sw a3, 28(a0)\n" WIDE_STORES
         "flw f0, 8(a0)\n fsw f0, 40(a0)\n fld f1, 16(a0)\n"
         "fsd f1, 48(a0)\n addi a3, a3, -1\n bnez a3, 1b");
FRAGMENT(sum, "1: lw t0, 0(a0)\n add a2, a2, t0\n sw a3, 4(a0)\n addi a3, a3, -1\n bnez a3, 1b");
FRAGMENT(bits, "1: lbu t0, 5(a0)\n or a2, a2, t0\n addi a3, a3, -1\n bnez a3, 1b");
// Writes one of two instructions, a1 and a4, in front of a return.
FRAGMENT(
    patch,
    "1: sw a1, 0(a0)\n fence.i\n jalr ra, 0(a0)\n add a2, a2, t1\n"
    "sw a4, 0(a0)\n fence.i\n jalr ra, 0(a0)\n add a2, a2, t1\n addi a3, a3, -1\n bnez a3, 1b");
FRAGMENT(climb, "1: lw t0, 0(a0)\n add a2, a2, t0\n addi a0, a0, 4\n bnez a0, 1b");

enum { kSizes = 56, kRounds = 400, kDeviceRounds = 700 };
enum { kStoreOffset = 8 };  // of the store in `sum`
// Below an entry of the root that nothing else is below, where there are three levels.
#define OTHER_VA ((reg_t)0xc0000000)

static void expect_sum(const char* code, reg_t address, uint32_t* page) {
    const struct context c = run(kUser, code, address, 0, 0, kHotRounds);
    CHECK_EQ(c.cause, kEcallU);
    CHECK_EQ(c.x[kA2], (reg_t)page[0] * kHotRounds);
    CHECK_EQ(page[1], 1);
    page[1] = 0;
}

static uint8_t* byte_at(unsigned at) {
    return (uint8_t*)data_pages[at < kPage ? 5 : 3] + at % kPage;
}
static uint64_t get(unsigned at, unsigned bytes) {
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) value |= (uint64_t)*byte_at(at + i) << (8 * i);
    return value;
}

// Each size, wherever it lies, over the end of a page too.
static void all_sizes(struct space* space) {
    map(space, TEST_VA, (reg_t)data_pages[5], kRw | kU, 0);
    map(space, TEST_VA + kPage, (reg_t)data_pages[3], kRw | kU, 0);
    for (unsigned at = kPage - kSizes - 1; at < kPage + 2; ++at) {
        row = at;
        for (unsigned i = 0; i < kSizes; ++i) *byte_at(at + i) = (uint8_t)(0xf1 + 13 * (at + i));
        reg_t want = (reg_t)(int8_t)get(at, 1) + (reg_t)get(at + 1, 1) +
                     (reg_t)(int16_t)get(at + 2, 2) + (reg_t)get(at + 4, 2) +
                     (reg_t)(int32_t)get(at + 8, 4);
        if (XLEN == 64) want += (reg_t)get(at + 12, 4) + (reg_t)get(at + 16, 8);
        const struct context c = run(kUser, text_in(kUser, sizes), TEST_VA + at, 0, 0, kRounds);
        CHECK_EQ(c.cause, kEcallU);
        CHECK_EQ(c.x[kA2], want * kRounds);
        CHECK_EQ(get(at + 24, 1), 1);
        CHECK_EQ(get(at + 26, 2), 1);
        CHECK_EQ(get(at + 28, 4), 1);
        if (XLEN == 64) CHECK_EQ(get(at + 32, 8), 1);
        CHECK_EQ(get(at + 40, 4), get(at + 8, 4));
        CHECK_EQ(get(at + 48, 8), get(at + 16, 8));
    }
}

static void fence(unsigned kind, reg_t asid) {
    if (kind == 0) sfence(TEST_VA);
    if (kind == 1) sfence_all();
    if (kind == 2) asm volatile("sfence.vma x0, %0" ::"r"(asid) : "memory");
    if (kind == 3) asm volatile("sfence.vma %0, %1" ::"r"(TEST_VA), "r"(asid) : "memory");
}

static void remaps(struct space* space) {
    const reg_t asid = 5;
    CSR_WRITE(satp, satp_of(space) | asid << kAsidShift);
    sfence_all();
    for (unsigned i = 0; i < 16; ++i) {
        row = i;
        uint32_t* page = data_pages[i & 1];
        page[0] = 100 + i;
        *pte_of(space, TEST_VA, 0) = pte((reg_t)page, kRw | kU);
        fence(i / 4, asid);
        expect_sum(text_in(kUser, sum), TEST_VA, page);
    }
    space_use(space);
}

// Two address spaces that have numbers: no fence is needed between them.
static void spaces(struct space* space) {
    static reg_t roots[2][kTableEntries] __attribute__((aligned(4096)));
    struct space both[2];
    for (unsigned i = 0; i < 2; ++i) {
        for (unsigned e = 0; e < kTableEntries; ++e) roots[i][e] = space->root[e];
        both[i] = (struct space){space->levels, roots[i]};
        *pte_of(&both[i], OTHER_VA, 0) = pte((reg_t)data_pages[i], kRw | kU);
    }
    sfence_all();
    for (unsigned round = 0; round < 12; ++round) {
        row = round;
        const unsigned i = round & 1;
        data_pages[i][0] = 10 + round;
        CSR_WRITE(satp, satp_of(&both[i]) | (reg_t)(1 + i) << kAsidShift);
        expect_sum(text_in(kUser, sum), OTHER_VA, data_pages[i]);
        // One of them is told that its page is another one.
        if (round % 5 != 4) continue;
        *pte_of(&both[i], OTHER_VA, 0) = pte((reg_t)data_pages[4], kRw | kU);
        fence(2, 1 + i);
        data_pages[4][0] = 77;
        expect_sum(text_in(kUser, sum), OTHER_VA, data_pages[4]);
        *pte_of(&both[i], OTHER_VA, 0) = pte((reg_t)data_pages[i], kRw | kU);
        fence(2, 1 + i);
    }
    space_use(space);
}

static void rights(struct space* space) {
    static const reg_t kNot[] = {kW, kU, kV, kR | kW};
    const char* code = text_in(kUser, sum);
    for (unsigned i = 0; i < 4; ++i) {
        row = i;
        map(space, TEST_VA, (reg_t)data_pages[0], kRw | kU, 0);
        expect_sum(code, TEST_VA, data_pages[0]);
        map(space, TEST_VA, (reg_t)data_pages[0], (kRw | kU) & ~kNot[i], 0);
        const struct context c = run(kUser, code, TEST_VA, 0, 0, kHotRounds);
        CHECK_EQ(c.x[kA3], kHotRounds);
        if (i == 0)
            CHECK_TRAP(c, kStorePage, code + kStoreOffset, TEST_VA + 4);
        else
            CHECK_TRAP(c, kLoadPage, code, TEST_VA);
    }
}

// A page that is read before it is written is dirty when it has been written.
static void dirty(struct space* space, int sets_ad) {
    const char* code = text_in(kUser, sum);
    for (unsigned i = 0; i < 3; ++i) {
        row = i;
        map(space, TEST_VA, (reg_t)data_pages[0], kRw | kU, 0);
        expect_sum(code, TEST_VA, data_pages[0]);
        map(space, TEST_VA, (reg_t)data_pages[0], (kRw | kU) & ~kD, 0);
        struct context c = run(kUser, text_in(kUser, bits), TEST_VA, 0, 0, kHotRounds);
        CHECK_EQ(c.cause, kEcallU);
        CHECK_EQ(*pte_of(space, TEST_VA, 0) & kD, 0);
        c = run(kUser, code, TEST_VA, 0, 0, kHotRounds);
        CHECK_EQ(*pte_of(space, TEST_VA, 0) & kD, sets_ad ? kD : 0);
        CHECK_EQ(c.cause, sets_ad ? kEcallU : kStorePage);
        data_pages[0][1] = 0;
    }
}

static void device(struct space* space) {
    map(space, TEST_VA, UART, kRw | kU, 0);
    const struct context c = run(kUser, text_in(kUser, bits), TEST_VA, 0, 0, kDeviceRounds);
    CHECK_EQ(c.cause, kEcallU);
    CHECK_EQ(c.x[kA2] & 0x60, 0x60);  // the transmitter is empty
    map(space, TEST_VA, (reg_t)data_pages[0], kRw | kU, 0);
    expect_sum(text_in(kUser, sum), TEST_VA, data_pages[0]);
}

// First the page holds data, then code, which is written while it is hot.
static void code_and_data(struct space* space) {
    uint32_t* page = data_pages[2];
    map(space, TEST_VA, (reg_t)page, kRwx | kU, 0);
    expect_sum(text_in(kUser, sum), TEST_VA, page);
    page[1] = 0x00008067;  // ret
    struct context c = {.pc = (reg_t)text_in(kUser, patch), .mode = kUser};
    c.x[kA0] = TEST_VA;
    c.x[kA1] = 0x00100313;  // li t1, 1
    c.x[14] = 0x1f400313;   // li t1, 500
    c.x[kA3] = kHotRounds;
    enter(&c);
    CHECK_EQ(c.cause, kEcallU);
    CHECK_EQ(c.x[kA2], 501 * kHotRounds);
    // Beside it, data.
    expect_sum(text_in(kUser, sum), TEST_VA + 2048, &page[512]);
}

// Behind the last address there is none.
static void last_page(struct space* space) {
    if (XLEN == 32) return;
    const reg_t end = (reg_t)1 << (11 + kIndexBits * space->levels);
    map(space, end - kPage, (reg_t)data_pages[6], kRw | kU, 0);
    const char* code = text_in(kUser, climb);
    for (unsigned i = 0; i < 12; ++i) {
        row = i;
        const struct context c = run(kUser, code, end - kPage + 4 * i, 0, 0, 0);
        CHECK_TRAP(c, kLoadPage, code, end);
        const struct context odd = run(kUser, code, end - kPage + 4 * i + 2, 0, 0, 0);
        CHECK_EQ(odd.cause, kLoadPage);
        CHECK_EQ(odd.x[kA0], end - 2);
    }
    const reg_t outside[] = {end + 64, -(reg_t)64, end << 1, end << 20};
    for (unsigned i = 0; i < 4; ++i) {
        row = 100 + i;
        const struct context c = run(kUser, code, outside[i], 0, 0, 0);
        CHECK_TRAP(c, kLoadPage, code, outside[i]);
    }
}

void test(void) {
    CSR_SET(mstatus, MSTATUS_FS);
    // What the host cannot have comes last: Kiln may give up when there is too much of it.
    for (int round = 0; round < 2; ++round)
        for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
            struct space space;
            space_init(&space, levels);
            space_use(&space);
            const int sets_ad = hardware_sets_ad(&space);
            for (unsigned i = 0; i < kDataPages; ++i) data_pages[i][0] = 1 + i;
            for (unsigned i = 0; i < kDataPages; ++i) data_pages[i][1] = 0;
            if (round == 0) {
                all_sizes(&space);
                data_pages[0][0] = 3;
                remaps(&space);
                if (levels == kMinLevels) spaces(&space);
                rights(&space);
                dirty(&space, sets_ad);
                last_page(&space);
            } else {
                device(&space);
                code_and_data(&space);
            }
            space_leave();
        }
}
