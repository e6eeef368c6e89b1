// The trigger registers are optional, but what can be read can be written, tinfo too: its fields
// are read-only, its number is that of a read/write register (debug specification, "Trigger
// Registers"; unprivileged specification, Zicsr; privileged specification, CSR address mapping).
#include "harness.h"

enum { kFirst = 0x7a0, kLast = 0x7a4 };

void test(void) {
    for (row = kFirst; row <= kLast; ++row) {
        struct context c = {0};
        run_word(&c, kMachine, row << 20 | 2u << 12 | kA0 << 7 | 0x73);  // csrr a0
        const reg_t cause = c.cause;
        const reg_t value = c.x[kA0];
        CHECK(cause == kEcallM || cause == kIllegal);
        run_word(&c, kMachine, row << 20 | 1u << 12 | kA0 << 15 | 0x73);  // csrw, a0
        CHECK_EQ(c.cause, cause);
        if (row == kLast && cause == kEcallM) {
            run_word(&c, kMachine, row << 20 | 2u << 12 | kA0 << 7 | 0x73);
            CHECK_EQ(c.x[kA0], value);
        }
    }
}
