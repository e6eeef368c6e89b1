// A misaligned sc traps, with a reservation and without (unprivileged specification, Zalrsc).
#include "harness.h"

FRAGMENT(sc_word, "sc.w a0, a1, (a2)");
FRAGMENT(lr_sc_word, "lr.w a0, (a3)\n sc.w a0, a1, (a2)");
#if XLEN == 64
FRAGMENT(sc_double, "sc.d a0, a1, (a2)");
#endif
static uint64_t cells[4];

static void check_sc(const char* code, unsigned before, unsigned offset) {
    const reg_t address = (reg_t)cells + offset;
    cells[0] = cells[1] = 0;
    const struct context c = run(kMachine, code, 99, 1, address, (reg_t)cells);
    CHECK_TRAP(c, kStoreMisaligned, code + before, address);
    CHECK_EQ(cells[0] | cells[1], 0);
}

void test(void) {
    for (row = 1; row < 8; ++row) {
        if (row % 4 != 0) check_sc(sc_word, 0, row);
        if (row % 4 != 0) check_sc(lr_sc_word, 4, row);
#if XLEN == 64
        check_sc(sc_double, 0, row);
#endif
    }
}
