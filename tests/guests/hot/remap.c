// Hot code whose mapping changes: a callee in another page, called and fallen into; a loop with an
// instruction that reaches into a second page, which is exchanged, taken away and given back. Links
// between compiled blocks must follow (privileged specification, mepc and mtval of page faults).
#include "paging.h"

enum { kFirst = 2, kSecond = 7, kOther = 11 };
#define BOUNDARY (TEST_VA + kPage)
#define ADDI_A2(n) (0x00060613u | (uint32_t)(n) << 20)

// a0: callee, a3: rounds.
FRAGMENT(caller, "1: jalr ra, 0(a0)\n addi a3, a3, -1\n bnez a3, 1b");

static void put(unsigned page, unsigned offset, uint32_t word) {
    uint16_t* half = (uint16_t*)((uint8_t*)data_pages[page] + offset);
    half[0] = (uint16_t)word;
    // The second half of what reaches over the end is the other page's own.
    if (offset + 2 < kPage) half[1] = (uint16_t)(word >> 16);
}

static void check_calls(struct space* space, enum mode mode, reg_t callee) {
    const reg_t right = kRx | (mode == kUser ? kU : 0);
    static const unsigned kPages[] = {kSecond, kOther};
    for (unsigned i = 0; i < 4; ++i) {
        map(space, BOUNDARY, (reg_t)data_pages[kPages[i % 2]], right, 0);
        struct context c = run(mode, text_in(mode, caller), callee, 0, 0, kHotRounds);
        CHECK_EQ(c.cause, ecall_of(mode));
        CHECK_EQ(c.x[kA2], kHotRounds * (i % 2 ? 1000u : 1u));
        map(space, BOUNDARY, 0, 0, 0);
        c = run(mode, text_in(mode, caller), callee, 0, 0, kHotRounds);
        CHECK_TRAP(c, kFetchPage, (void*)BOUNDARY, BOUNDARY);
        CHECK_EQ(c.x[kA2], 0);
        CHECK_EQ(c.x[kA3], kHotRounds);
    }
}

// From the last but two half-words of the first page: +1, then an instruction in both pages that
// adds 4 or 100, then back.
static void check_straddling(struct space* space, enum mode mode) {
    const reg_t right = kRx | (mode == kUser ? kU : 0);
    for (unsigned i = 0; i < 4; ++i) {
        const int other = i % 2;
        map(space, BOUNDARY, (reg_t)data_pages[other ? kOther : kSecond], right, 0);
        struct context c = run(mode, (void*)(BOUNDARY - 6), 0, 0, 0, kHotRounds);
        CHECK_TRAP(c, ecall_of(mode), (void*)(BOUNDARY + 74), 0);
        CHECK_EQ(c.x[kA2], kHotRounds * (other ? 101u : 5u));
        map(space, BOUNDARY, (reg_t)data_pages[kSecond], i < 2 ? 0 : right & ~kX, 0);
        c = run(mode, (void*)(BOUNDARY - 6), 0, 0, 0, kHotRounds);
        CHECK_TRAP(c, kFetchPage, (void*)(BOUNDARY - 2), BOUNDARY);
        CHECK_EQ(c.x[kA2], 1);
    }
}

static void place(void) {
    put(kSecond, 0, ADDI_A2(1));
    put(kOther, 0, ADDI_A2(1000));
    for (unsigned i = 0; i < 2; ++i) put(i ? kOther : kSecond, 4, 0x00008067);  // ret
    put(kFirst, kPage - 4, 0x00000013);                                         // nop
}

static void place_straddling(void) {
    put(kFirst, kPage - 6, ADDI_A2(1));
    put(kFirst, kPage - 2, ADDI_A2(4));
    for (unsigned i = 0; i < 2; ++i) {
        const unsigned page = i ? kOther : kSecond;
        put(page, 0, ADDI_A2(i ? 100 : 4) >> 16);
        put(page, 2, 0x0400006f);   // j .+64
        put(page, 66, 0xfff68693);  // addi a3, a3, -1
        put(page, 70, 0xfa069ae3);  // bnez a3, .-76
        put(page, 74, ECALL_WORD);
    }
}

void test(void) {
    for (int levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        struct space space;
        space_init(&space, levels);
        space_use(&space);
        for (unsigned user = 0; user < 2; ++user) {
            const enum mode mode = user ? kUser : kSupervisor;
            row = 10 * (unsigned)levels + user;
            map(&space, TEST_VA, (reg_t)data_pages[kFirst], kRx | (user ? kU : 0), 0);
            place();
            fence_i();
            check_calls(&space, mode, BOUNDARY);
            check_calls(&space, mode, BOUNDARY - 4);  // falls out of the first page
            place_straddling();
            fence_i();
            check_straddling(&space, mode);
        }
        space_leave();
    }
}
