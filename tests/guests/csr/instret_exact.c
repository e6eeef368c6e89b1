// What minstret must not count: the instruction that writes it, and those that trap. And the
// counters' stop bits, among which time has none (privileged specification, minstret,
// mcountinhibit; unprivileged specification, Zicsr on writes of counters).
#include "harness.h"

// The value written is what the next instruction reads.
FRAGMENT(written, "csrw minstret, a0\n csrr a1, minstret\n csrr a2, minstret");
FRAGMENT(swapped, "csrrw a1, minstret, a0\n csrrs a2, minstret, x0\n csrrsi a3, minstret, 0");

// Traps to the next line, which looks at the counter: only the reading instruction retired.
#define TRAPPED(name, insn)                                                                \
    FRAGMENT(name,                                                                         \
             "csrr t6, mtvec\n .option push\n .option norelax\n la t0, 1f\n .option pop\n" \
             "csrw mtvec, t0\n li a1, 1\n csrr t5, minstret\n" insn                        \
             "\n .balign 4\n 1: csrr a0, minstret\n csrw mtvec, t6\n sub a0, a0, t5")
TRAPPED(trapped_ecall, "ecall");
TRAPPED(trapped_ebreak, "ebreak");
TRAPPED(trapped_illegal, ".word 0xffffffff");
TRAPPED(trapped_load, "lw t1, 0(a2)");
TRAPPED(trapped_store, "sw t1, 0(a2)");
TRAPPED(trapped_csr, "csrw mhartid, a1");
static const char* const kTrapped[] = {
    trapped_ecall, trapped_ebreak, trapped_illegal, trapped_load, trapped_store, trapped_csr,
};

void test(void) {
    struct context c = run(kMachine, written, 1000, 0, 0, 0);
    CHECK_EQ(c.x[kA1], 1000);
    CHECK_EQ(c.x[kA2], 1001);
    c = run(kMachine, swapped, 5000, 0, 0, 0);
    CHECK_EQ(c.x[kA2], 5000);
    CHECK_EQ(c.x[kA3], 5001);
    for (row = 0; row < sizeof kTrapped / sizeof kTrapped[0]; ++row) {
        c = run(kMachine, kTrapped[row], 0, 0, UNMAPPED, 0);
        CHECK_EQ(c.cause, kEcallM);
        CHECK_EQ(c.x[kA0], 1);
    }
    CSR_WRITE(mcountinhibit, 2);
    CHECK_EQ(CSR_READ(mcountinhibit) & 2, 0);
}
