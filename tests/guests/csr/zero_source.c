// csrrs and csrrc write when their source is a register other than x0, even if it holds zero: of a
// read-only CSR that is illegal (unprivileged specification, Zicsr).
#include "harness.h"

FRAGMENT(set_id, "csrrs a0, mhartid, a1");
FRAGMENT(clear_id, "csrrc a0, mhartid, a1");
FRAGMENT(set_cycle, "csrrs a0, cycle, a1");
static const char* const kInsns[] = {set_id, clear_id, set_cycle};

void test(void) {
    for (row = 0; row < 3; ++row) {
        const struct context c = run(kMachine, kInsns[row], 5, 0, 0, 0);
        CHECK_ILLEGAL(c, kInsns[row]);
        CHECK_EQ(c.x[kA0], 5);
    }
}
