// An instruction whose halves lie in two pages: both present, the second one absent or not
// executable, and exchanged (privileged specification: mepc is the instruction's address, mtval
// that of the part which failed).
#include "paging.h"

enum { kFirst = 3, kSecond = 8, kOther = 11 };
#define BOUNDARY (TEST_VA + kPage)
#define LAST (BOUNDARY - 2)

static uint16_t* half_at(unsigned page, unsigned offset) {
    return (uint16_t*)((uint8_t*)data_pages[page] + offset);
}

static void put_word(unsigned page, unsigned offset, uint32_t word) {
    *half_at(page, offset) = (uint16_t)word;
    *half_at(page, offset + 2) = (uint16_t)(word >> 16);
}

static void put_crossing(unsigned second, uint32_t word) {
    *half_at(kFirst, kPage - 2) = (uint16_t)word;
    *half_at(second, 0) = (uint16_t)(word >> 16);
    put_word(second, 2, ECALL_WORD);
    fence_i();
}

static struct context go(enum mode mode, reg_t start) {
    return run(mode, (const void*)start, 0, 0, 0, 0);
}

#define ADDI_A0(n) (0x00050513u | (uint32_t)(n) << 20)  // addi a0, a0, n

static void check_sum(enum mode mode, reg_t sum) {
    const struct context c = go(mode, BOUNDARY - 10);
    CHECK_TRAP(c, ecall_of(mode), (void*)(BOUNDARY + 2), 0);
    CHECK_EQ(c.x[kA0], sum);
}

static void check_fault(enum mode mode, reg_t cause) {
    struct context c = go(mode, BOUNDARY - 10);
    CHECK_TRAP(c, cause, (void*)LAST, BOUNDARY);
    CHECK_EQ(c.x[kA0], 3);  // what stands before it was done
    c = go(mode, LAST);
    CHECK_TRAP(c, cause, (void*)LAST, BOUNDARY);
}

static void check_space(struct space* space, enum mode mode) {
    const reg_t right = kRx | (mode == kUser ? kU : 0);
    put_word(kFirst, kPage - 10, ADDI_A0(1));
    put_word(kFirst, kPage - 6, ADDI_A0(2));
    put_crossing(kOther, ADDI_A0(0x105));
    put_crossing(kSecond, ADDI_A0(0x205));
    map(space, TEST_VA, (reg_t)data_pages[kFirst], right, 0);
    for (unsigned i = 0; i < 3; ++i) {
        map(space, BOUNDARY, (reg_t)data_pages[kSecond], right, 0);
        check_sum(mode, 3 + 0x205);
        map(space, BOUNDARY, (reg_t)data_pages[kOther], right, 0);
        check_sum(mode, 3 + 0x105);
        map(space, BOUNDARY, (reg_t)data_pages[kOther], 0, 0);
        check_fault(mode, kFetchPage);
        map(space, BOUNDARY, (reg_t)data_pages[kOther], right & ~kX, 0);
        check_fault(mode, kFetchPage);
    }
    // A compressed instruction does not reach into the next page.
    *half_at(kFirst, kPage - 2) = 0x0511;  // c.addi a0, 4
    fence_i();
    map(space, BOUNDARY, 0, 0, 0);
    struct context c = go(mode, BOUNDARY - 10);
    CHECK_TRAP(c, kFetchPage, (void*)BOUNDARY, BOUNDARY);
    CHECK_EQ(c.x[kA0], 7);
    // The first page absent.
    map(space, TEST_VA, 0, 0, 0);
    c = go(mode, LAST);
    CHECK_TRAP(c, kFetchPage, (void*)LAST, LAST);
}

void test(void) {
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        row = (unsigned)levels * 10;
        check_space(&space, kSupervisor);
        ++row;
        check_space(&space, kUser);
        space_leave();
    }
}
