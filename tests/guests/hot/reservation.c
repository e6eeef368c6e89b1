// sc in a hot loop after a trap and after a misaligned lr: it says truly whether it stored, and
// without a reservation it fails (unprivileged specification, Zalrsc).
#include "harness.h"

// The handler in S-mode skips the instruction that trapped.
FRAGMENT(handler, "csrr t0, sepc\n addi t0, t0, 4\n csrw sepc, t0\n sret");

// a0: cell, a1: rounds. a2 counts disagreements between what sc said and what the cell holds, a3
// how often it said that it stored.
#define AFTER(name, between)                                                    \
    FRAGMENT(name,                                                              \
             "addi a5, a0, 2\n"                                                 \
             "1: lw t1, 0(a0)\n addi t2, t1, 7\n" between                       \
             "\n sc.w t3, t2, (a0)\n lw t4, 0(a0)\n"                            \
             "seqz t3, t3\n add a3, a3, t3\n neg t3, t3\n sub t2, t2, t1\n"     \
             "and t2, t2, t3\n add t1, t1, t2\n xor t4, t4, t1\n snez t4, t4\n" \
             "add a2, a2, t4\n addi a1, a1, -1\n bnez a1, 1b")
AFTER(after_reserve, "lr.w t5, (a0)");
AFTER(after_trap, "lr.w t5, (a0)\n .word 0");
AFTER(after_misaligned, "lr.w t5, (a5)");
AFTER(after_both, "lr.w t5, (a0)\n lr.w t5, (a5)");
AFTER(after_nothing, "nop");

static uint32_t cell;

static reg_t stores(const char* code, const char* end) {
    cell = 1;
    const struct context c = run(kUser, code, (reg_t)&cell, kHotRounds, 0, 0);
    CHECK_TRAP(c, kEcallU, end, 0);
    CHECK_EQ(c.x[kA2], 0);
    CHECK_EQ(cell, 1 + 7 * c.x[kA3]);
    return c.x[kA3];
}

void test(void) {
    CSR_WRITE(stvec, (reg_t)handler);
    CSR_WRITE(medeleg, 1u << kIllegal | 1u << kLoadMisaligned | 1u << kLoadAccess);
    CHECK(stores(after_reserve, after_reserve_end) != 0);
    stores(after_trap, after_trap_end);
    stores(after_both, after_both_end);
    // The last sc has ended the reservation; nothing makes another.
    stores(after_reserve, after_reserve_end);
    CHECK_EQ(stores(after_misaligned, after_misaligned_end), 0);
    CHECK_EQ(stores(after_nothing, after_nothing_end), 0);
}
