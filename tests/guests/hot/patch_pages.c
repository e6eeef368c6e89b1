// A hot loop across two pages, one of whose instructions lies in both: patched in either page,
// through its own address and through another one.
#include "paging.h"

enum { kFirst = 5 };
#define BOUNDARY (TEST_VA + kPage)
#define OTHER (TEST_VA + 8 * kPage)  // shows the same two pages
#define ADDI_A0(n) (0x00050513u | (uint32_t)(n) << 20)

static void put_half(reg_t address, uint16_t half) { *(volatile uint16_t*)address = half; }
static void put(reg_t address, uint32_t word) {
    put_half(address, (uint16_t)word);
    put_half(address + 2, (uint16_t)(word >> 16));
}

// Writes as S-mode does, through the page table: a half-word a2 to a0.
FRAGMENT(store_half, "sh a2, 0(a0)\n fence.i");
static void patch(reg_t address, uint16_t half) {
    const struct context c = run(kSupervisor, store_half, address, 0, half, 0);
    CHECK_DONE(c, store_half);
}

// One round adds `sum`.
static void check_sum(enum mode mode, reg_t sum) {
    fence_i();
    const struct context c = run(mode, (void*)(BOUNDARY - 10), 0, 0, 0, kHotRounds);
    CHECK_TRAP(c, ecall_of(mode), (void*)(BOUNDARY + 14), 0);
    CHECK_EQ(c.x[kA0], sum * kHotRounds);
}

static void place_loop(reg_t boundary) {
    put(boundary - 10, ADDI_A0(1));
    put(boundary - 6, ADDI_A0(2));
    put(boundary - 2, ADDI_A0(4));
    put(boundary + 2, ADDI_A0(8));
    put(boundary + 6, 0xfff68693);   // addi a3, a3, -1
    put(boundary + 10, 0xfe0696e3);  // bnez a3, .-20
    put(boundary + 14, ECALL_WORD);
}

// The pages lie one after the other here, so that they can be written in one go; `alias` is where
// the patches go.
static void check_alias(enum mode mode, reg_t alias) {
    check_sum(mode, 15);
    patch(alias, (uint16_t)(ADDI_A0(100) >> 16));  // the second half of what lies in both pages
    check_sum(mode, 111);
    patch(alias - 2, 0x0001);  // c.nop in its place, and in that of the immediate
    patch(alias, 0x0001);
    check_sum(mode, 11);
    patch(alias - 2, (uint16_t)ADDI_A0(4));
    patch(alias, (uint16_t)(ADDI_A0(4) >> 16));
    check_sum(mode, 15);
    patch(alias + 4, (uint16_t)(ADDI_A0(80) >> 16));  // only the second page
    check_sum(mode, 87);
    patch(alias + 4, (uint16_t)(ADDI_A0(8) >> 16));
    patch(alias - 8, (uint16_t)(ADDI_A0(500) >> 16));  // only the first
    check_sum(mode, 514);
    patch(alias - 8, (uint16_t)(ADDI_A0(1) >> 16));
}

void test(void) {
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        for (unsigned user = 0; user < 2; ++user) {
            const enum mode mode = user ? kUser : kSupervisor;
            const reg_t right = user ? kU : 0;
            map(&space, TEST_VA, (reg_t)data_pages[kFirst], kRx | right, 0);
            map(&space, BOUNDARY, (reg_t)data_pages[kFirst + 1], kRx | right, 0);
            map(&space, OTHER, (reg_t)data_pages[kFirst], kRw, 0);
            map(&space, OTHER + kPage, (reg_t)data_pages[kFirst + 1], kRw, 0);
            place_loop((reg_t)data_pages[kFirst + 1]);
            row = (unsigned)levels * 10 + user;
            check_alias(mode, OTHER + kPage);                  // another address
            check_alias(mode, (reg_t)data_pages[kFirst + 1]);  // the one-to-one mapping
        }
        space_leave();
    }
}
