// Fields that take only legal values (WARL) and registers that are read-only: after any write a
// legal value is read, and what must be writable is (privileged specification, machine- and
// supervisor-level CSRs).
#include "harness.h"

static void status(void) {
    const reg_t before = CSR_READ(mstatus);
    // The modes that exist.
    static const reg_t kModes[] = {kUser, kSupervisor, kMachine};
    for (row = 0; row < 3; ++row) {
        CSR_CLEAR(mstatus, MSTATUS_MPP);
        CSR_SET(mstatus, kModes[row] << MSTATUS_MPP_SHIFT);
        CHECK_EQ((CSR_READ(mstatus) & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT, kModes[row]);
    }
    static const reg_t kWritable[] = {
        MSTATUS_SIE, MSTATUS_SPIE, MSTATUS_MPIE, MSTATUS_SPP, MSTATUS_MPRV,
        MSTATUS_SUM, MSTATUS_MXR,  MSTATUS_TVM,  MSTATUS_TW,  MSTATUS_TSR,
    };
    CSR_CLEAR(mstatus, MSTATUS_MPP);
    CSR_SET(mstatus, MSTATUS_MPP);  // MPRV must not matter to the harness
    for (row = 0; row < sizeof kWritable / sizeof kWritable[0]; ++row) {
        CSR_SET(mstatus, kWritable[row]);
        CHECK_EQ(CSR_READ(mstatus) & kWritable[row], kWritable[row]);
        CSR_CLEAR(mstatus, kWritable[row]);
        CHECK_EQ(CSR_READ(mstatus) & kWritable[row], 0);
    }
    row = 0;
    for (reg_t fs = 0; fs < 4; ++fs) {
        CSR_CLEAR(mstatus, MSTATUS_FS);
        CSR_SET(mstatus, fs << MSTATUS_FS_SHIFT);
        CHECK_EQ((CSR_READ(mstatus) & MSTATUS_FS) >> MSTATUS_FS_SHIFT, fs);
        CHECK_EQ((CSR_READ(mstatus) & MSTATUS_SD) != 0, fs == 3);
        CHECK_EQ((CSR_READ(sstatus) & MSTATUS_FS) >> MSTATUS_FS_SHIFT, fs);
    }
    // Bits that are reserved or belong to what is not there: bits 0, 2, 4, UBE, VS, XS, 23 and up.
    CSR_SET(mstatus, 0x18615 | (reg_t)0x7f800000);
    CHECK_EQ(CSR_READ(mstatus) & (0x18015 | (reg_t)0x7f800000), 0);
#if XLEN == 64
    // SXL and UXL are 64 bits, and stay so or become another legal value.
    CHECK_EQ(CSR_READ(mstatus) >> 32 & 15, 10);
    CSR_WRITE(mstatus, before);
    CHECK_EQ(CSR_READ(mstatus) >> 32 & 15, 10);
#endif
    CSR_WRITE(mstatus, before);
    // sstatus shows its own part only.
    CSR_SET(mstatus, MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR | MSTATUS_MPIE | MSTATUS_MPP);
    CHECK_EQ(CSR_READ(sstatus) & (MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR | MSTATUS_MPIE |
                                  MSTATUS_MPP | MSTATUS_MIE | MSTATUS_MPRV),
             0);
    CSR_WRITE(sstatus, 0);
    CHECK_EQ(CSR_READ(mstatus) & (MSTATUS_TVM | MSTATUS_MPP), MSTATUS_TVM | MSTATUS_MPP);
    CSR_WRITE(mstatus, before);
}

static void trap_setup(void) {
    for (row = 2; row < 4; ++row) {
        CSR_WRITE(mtvec, (reg_t)trap_entry | row);
        CHECK_EQ(CSR_READ(mtvec) & 2, 0);
        CSR_WRITE(stvec, (reg_t)trap_entry | row);
        CHECK_EQ(CSR_READ(stvec) & 2, 0);
    }
    CSR_WRITE(mtvec, (reg_t)trap_entry);
    CHECK_EQ(CSR_READ(mtvec), (reg_t)trap_entry);
    CSR_WRITE(medeleg, -1);
    static const unsigned kDelegable[] = {
        kFetchAccess, kIllegal, kBreakpoint, kLoadMisaligned, kLoadAccess, kStoreMisaligned,
        kStoreAccess, kEcallU,  kEcallS,     kFetchPage,      kLoadPage,   kStorePage,
    };
    for (row = 0; row < sizeof kDelegable / sizeof kDelegable[0]; ++row)
        CHECK_EQ(CSR_READ(medeleg) >> kDelegable[row] & 1, 1);
    CSR_WRITE(medeleg, 0);
    CSR_WRITE(mideleg, -1);
    CHECK_EQ(CSR_READ(mideleg) & 0x222, 0x222);
    CHECK_EQ(CSR_READ(mideleg) & 0x888, 0);
    // sie and sip show what is delegated.
    CSR_WRITE(mie, 0xaaa);
    CHECK_EQ(CSR_READ(mie) & 0xaaa, 0xaaa);
    CHECK_EQ(CSR_READ(sie) & 0xaaa, 0x222);
    CSR_WRITE(mideleg, 1u << kSsi);
    CHECK_EQ(CSR_READ(sie) & 0xaaa, 1u << kSsi);
    CSR_WRITE(sie, 0);
    CHECK_EQ(CSR_READ(mie) & 0xaaa, 0xaaa & ~(1u << kSsi));
    CSR_WRITE(mie, 0);
    // M's own pending bits are read-only, S's can be set by M.
    CSR_WRITE(mip, -1);
    CHECK_EQ(CSR_READ(mip) & 0x888, 0);
    CHECK_EQ(CSR_READ(mip) & 0x222, 0x222);
    CHECK_EQ(CSR_READ(sip) & 0x222, 1u << kSsi);
    CSR_WRITE(mideleg, 0x222);
    // S may clear SSIP only.
    CSR_WRITE(sip, 0);
    CHECK_EQ(CSR_READ(mip) & 0x222, 0x220);
    CSR_WRITE(mip, 0);
    CHECK_EQ(CSR_READ(mip) & 0xaaa, 0);
    CSR_WRITE(mideleg, 0);
}

static void address_translation(void) {
    // Reserved modes: the write has no effect at all.
    CSR_WRITE(satp, 0);
#if XLEN == 64
    for (row = 0; row < 16; ++row) {
        CSR_WRITE(satp, 0);
        CSR_WRITE(satp, (reg_t)row << 60 | 0x12345);
        const int exists = row == 8 || row == 9 || row == 10;
        if (row != 0) CHECK_EQ(CSR_READ(satp), exists ? (reg_t)row << 60 | 0x12345 : 0);
    }
#else
    CSR_WRITE(satp, 0x80012345);
    CHECK_EQ(CSR_READ(satp), 0x80012345);
#endif
    CSR_WRITE(satp, 0);
    CHECK_EQ(CSR_READ(satp), 0);
}

static void misc(void) {
    const reg_t misa = CSR_READ(misa);
    CHECK_EQ(misa >> (XLEN - 2), XLEN / 32);
    CHECK_EQ(misa >> ('i' - 'a') & 1, 1);
    CHECK_EQ(misa >> ('s' - 'a') & 1, 1);
    CHECK_EQ(misa >> ('u' - 'a') & 1, 1);
    CSR_WRITE(misa, 0);
    CHECK_EQ(CSR_READ(misa) >> (XLEN - 2), XLEN / 32);
    CSR_WRITE(misa, misa);
    CHECK_EQ(CSR_READ(misa), misa);
    CSR_WRITE(mcounteren, 0);
    CHECK_EQ(CSR_READ(mcounteren), 0);
    CSR_WRITE(mcounteren, 7);
    CHECK_EQ(CSR_READ(mcounteren) & 7, 7);
    CSR_WRITE(scounteren, 7);
    CHECK_EQ(CSR_READ(scounteren) & 7, 7);
    CSR_WRITE(scounteren, 0);
    CHECK_EQ(CSR_READ(scounteren), 0);
    // Every bit of the scratch registers and of xtval is there; xcause holds the causes.
    CSR_WRITE(mscratch, -1);
    CHECK_EQ(CSR_READ(mscratch), (reg_t)-1);
    CSR_WRITE(mscratch, 0);
    CSR_WRITE(sscratch, -1);
    CHECK_EQ(CSR_READ(sscratch), (reg_t)-1);
    CSR_WRITE(mtval, (reg_t)0x12345678);
    CHECK_EQ(CSR_READ(mtval), 0x12345678);
    CSR_WRITE(stval, -1);
    CHECK_EQ(CSR_READ(stval), (reg_t)-1);
    CSR_WRITE(scause, INTERRUPT(9));
    CHECK_EQ(CSR_READ(scause), INTERRUPT(9));
    CSR_WRITE(mcause, 15);
    CHECK_EQ(CSR_READ(mcause), 15);
    CSR_WRITE(fcsr, -1);
    CHECK_EQ(CSR_READ(fcsr), 0xff);
    CSR_WRITE(frm, -1);
    CHECK_EQ(CSR_READ(frm), 7);
    CSR_WRITE(fflags, 0);
    CHECK_EQ(CSR_READ(fcsr), 0xe0);
    CSR_WRITE(fcsr, 0);
    CHECK_EQ(CSR_READ(mhartid), 0);
    CHECK_EQ(CSR_READ(mconfigptr), 0);
}

void test(void) {
    status();
    trap_setup();
    address_translation();
    CSR_SET(mstatus, MSTATUS_FS);
    misc();
}
