// Accesses to addresses where nothing is: every kind of access, bare and in every mode; the fault
// names the address and nothing is written (privileged specification, mcause, mtval).
#include "paging.h"

static const struct {
    uint32_t insn;
    enum access access;
} kAccesses[] = {
    // rd = a2, rs2 = a1, rs1 = a0
    {0x00050603, kLoad},   // lb
    {0x00051603, kLoad},   // lh
    {0x00052603, kLoad},   // lw
    {0x00054603, kLoad},   // lbu
    {0x00055603, kLoad},   // lhu
    {0x00052607, kLoad},   // flw
    {0x00053607, kLoad},   // fld
    {0x1005262f, kLoad},   // lr.w
    {0x00b50023, kStore},  // sb
    {0x00b51023, kStore},  // sh
    {0x00b52023, kStore},  // sw
    {0x00b52027, kStore},  // fsw
    {0x00b53027, kStore},  // fsd
    {0x4110, kLoad},       // c.lw a2, 0(a0)
    {0xc10c, kStore},      // c.sw a1, 0(a0)
#if XLEN == 64
    {0x00053603, kLoad},   // ld
    {0x00056603, kLoad},   // lwu
    {0x00b53023, kStore},  // sd
#endif
};

void test(void) {
    CSR_SET(mstatus, MSTATUS_FS);
    static const enum mode kModes[] = {kUser, kSupervisor, kMachine};
    static const reg_t kNowhere[] = {
        UNMAPPED,
        UNMAPPED + 0x123450,
#if XLEN == 64
        (reg_t)1 << 55,
        (reg_t)-8
#endif
    };
    for (unsigned m = 0; m < 3; ++m) {
        for (unsigned n = 0; n < sizeof kNowhere / sizeof(reg_t); ++n) {
            for (unsigned i = 0; i < sizeof kAccesses / sizeof kAccesses[0]; ++i) {
                row = m * 1000 + n * 100 + i;
                struct context c = {.x = {[kA0] = kNowhere[n], [kA1] = 1, [kA2] = 2}};
                run_word(&c, kModes[m], kAccesses[i].insn);
                CHECK_TRAP(c, access_fault(kAccesses[i].access), word_slot, kNowhere[n]);
                CHECK_EQ(c.x[kA2], 2);
            }
            CHECK_DENIED(kModes[m], kFetch, kNowhere[n], kFetchAccess);
        }
    }
}
