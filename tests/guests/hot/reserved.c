// Reserved encodings in hot code: jumped over all the time and then met, and met each time round.
// The trap is exact and nothing else happens (privileged specification, mtval of illegal
// instructions).
#include "../trap/reserved.h"

// a0: rounds in which the slot is jumped over; then it is met.
FRAGMENT(jumped_over,
         "1: addi a1, a1, 1\n addi a0, a0, -1\n beqz a0, met_slot\n j 1b\n"
         ".globl met_slot\n met_slot: .word 0\n addi a1, a1, 1000");
extern char met_slot[];
// a0: rounds, in each of which the slot traps to the handler in S-mode; a3 sums up stval.
FRAGMENT(met_always,
         "1: addi a1, a1, 1\n .globl hot_slot\n hot_slot: .word 0\n"
         "addi a0, a0, -1\n bnez a0, 1b");
extern char hot_slot[];
FRAGMENT(handler,
         "csrr t0, stval\n add a3, a3, t0\n csrr t0, sepc\n addi t0, t0, 4\n csrw sepc, t0\n"
         "addi a2, a2, 1\n sret");

enum { kCompressedNop = 1 };

static uint32_t as_word(uint32_t insn) {
    return (insn & 3) == 3 ? insn : (uint32_t)kCompressedNop << 16 | insn;
}

void test(void) {
    CSR_SET(mstatus, MSTATUS_FS);
    CSR_WRITE(stvec, (reg_t)handler);
    for (row = 0; row < sizeof kReserved / sizeof kReserved[0]; ++row) {
        const uint32_t insn = kReserved[row];
        const enum mode mode = row % 2 ? kUser : kSupervisor;
        write32((reg_t)met_slot, as_word(insn));
        write32((reg_t)hot_slot, as_word(insn));
        fence_i();
        struct context c = run(mode, jumped_over, kHotRounds, 0, 0, 0);
        CHECK_TRAP(c, kIllegal, met_slot, insn);
        CHECK_EQ(c.x[kA1], kHotRounds);
        CSR_WRITE(medeleg, 1u << kIllegal);
        c = run(mode, met_always, kHotRounds, 0, 0, 0);
        CSR_WRITE(medeleg, 0);
        CHECK_DONE(c, met_always);
        CHECK_EQ(c.x[kA1], kHotRounds);
        CHECK_EQ(c.x[kA2], kHotRounds);
        CHECK_EQ(c.x[kA3], (reg_t)kHotRounds * insn);
    }
}
