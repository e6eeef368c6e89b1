// An instruction whose second half is mapped to nothing: an access fault with the instruction's
// address in mepc and that of the second half in mtval (privileged specification, mtval).
#include "paging.h"

#define BOUNDARY (TEST_VA + kPage)
#define LAST (BOUNDARY - 2)

static void check_space(struct space* space, enum mode mode) {
    const reg_t right = kRx | (mode == kUser ? kU : 0);
    map(space, TEST_VA, (reg_t)data_pages[0], right, 0);
    map(space, BOUNDARY, UNMAPPED, right, 0);
    struct context c = run(mode, (void*)(BOUNDARY - 6), 0, 0, 0, 0);
    CHECK_TRAP(c, kFetchAccess, (void*)LAST, BOUNDARY);
    CHECK_EQ(c.x[kA0], 1);
    c = run(mode, (void*)LAST, 0, 0, 0, 0);
    CHECK_TRAP(c, kFetchAccess, (void*)LAST, BOUNDARY);
}

void test(void) {
    // addi a0, a0, 1 and the first half of addi a0, a0, 2, which ends the page
    uint16_t* code = (uint16_t*)data_pages[1] - 3;
    code[0] = 0x0513;
    code[1] = 0x0015;
    code[2] = 0x0513;
    fence_i();
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
