// Reserved and disabled encodings raise an illegal-instruction exception whose mtval holds the
// instruction, and nothing else happens (privileged specification, mtval; unprivileged, base
// opcode map).
#include "reserved.h"

static void check_mode(enum mode mode) {
    for (row = 0; row < sizeof kReserved / sizeof kReserved[0]; ++row) {
        struct context c = {0};
        for (unsigned i = 1; i < 32; ++i) c.x[i] = (reg_t)word_slot + i;
        const uint32_t insn = kReserved[row];
        run_word(&c, mode, insn);
        CHECK_TRAP(c, kIllegal, word_slot, insn);
        CHECK_EQ((c.status & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT, mode);
        for (unsigned i = 1; i < 32; ++i) CHECK_EQ(c.x[i], (reg_t)word_slot + i);
    }
}

void test(void) {
    CSR_SET(mstatus, MSTATUS_FS);
    check_mode(kMachine);
    check_mode(kSupervisor);
    check_mode(kUser);
}
