// Svinval: the three instructions together do what sfence.vma does; which modes may use them
// (privileged specification, "Svinval").
#include "paging.h"

#if XLEN == 64
#define STORE_REG "sd"
#else
#define STORE_REG "sw"
#endif
#define REMAP(name, operands)                                                                      \
    FRAGMENT(name, "lw t0, 0(a0)\n" STORE_REG " a2, 0(a1)\n sfence.w.inval\n sinval.vma " operands \
                   "\n sfence.inval.ir\n lw t1, 0(a0)")
REMAP(remap_all, "x0, x0");
REMAP(remap_address, "a0, x0");
REMAP(remap_asid, "x0, a3");
REMAP(remap_both, "a0, a3");
static const char* const kRemaps[] = {remap_all, remap_address, remap_asid, remap_both};
FRAGMENT(sinval_vma, "sinval.vma x0, x0");
FRAGMENT(sfence_w_inval, "sfence.w.inval");
FRAGMENT(sfence_inval_ir, "sfence.inval.ir");

enum { kT1 = 6 };

static void remaps(struct space* space) {
    for (row = 0; row < 100; ++row) {
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

void test(void) {
    struct space space;
    space_init(&space, kMinLevels);
    space_use(&space);
    data_pages[0][0] = 100;
    data_pages[1][0] = 101;
    remaps(&space);
    space_leave();

    struct context c = run(kMachine, sinval_vma, 0, 0, 0, 0);
    CHECK_DONE(c, sinval_vma);
    c = run(kUser, sinval_vma, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, sinval_vma);
    CSR_SET(mstatus, MSTATUS_TVM);
    c = run(kSupervisor, sinval_vma, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, sinval_vma);
    c = run(kSupervisor, sfence_w_inval, 0, 0, 0, 0);
    CHECK_DONE(c, sfence_w_inval);
    c = run(kSupervisor, sfence_inval_ir, 0, 0, 0, 0);
    CHECK_DONE(c, sfence_inval_ir);
}
