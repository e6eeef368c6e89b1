// Where runs repeat, and on other machines, nothing is where jitctl would be.
#include "jitctl.h"

FRAGMENT(load_word, "lw a2, 0(a0)");
FRAGMENT(store_word, "sw a1, 0(a0)");

void test(void) {
    for (row = 0; row < 0x1000; row += 8) {
        struct context c = run(kMachine, load_word, JITCTL + row, 1, 0, 0);
        CHECK_TRAP(c, kLoadAccess, load_word, JITCTL + row);
        c = run(kMachine, store_word, JITCTL + row, 1, 0, 0);
        CHECK_TRAP(c, kStoreAccess, store_word, JITCTL + row);
    }
}
