// An atomic operation where nothing is mapped is a store access fault, not a load's (privileged
// specification, mcause).
#include "harness.h"

FRAGMENT(add_word, "amoadd.w a2, a1, (a0)");
FRAGMENT(swap_word, "amoswap.w a2, a1, (a0)");
#if XLEN == 64
FRAGMENT(max_double, "amomax.d a2, a1, (a0)");
#endif
static const char* const kAmos[] = {
    add_word,
    swap_word,
#if XLEN == 64
    max_double,
#endif
};

void test(void) {
    for (row = 0; row < sizeof kAmos / sizeof kAmos[0]; ++row) {
        const struct context c = run(kUser, kAmos[row], UNMAPPED, 1, 2, 0);
        CHECK_TRAP(c, kStoreAccess, kAmos[row], UNMAPPED);
        CHECK_EQ(c.x[kA2], 2);
    }
}
