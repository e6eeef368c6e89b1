// Sstc: stimecmp drives STIP when menvcfg.STCE is set, and takes interrupts in S-mode (privileged
// specification, "Sstc").
#include "harness.h"

#if XLEN == 64
#define STCE_SET(bit) CSR_SET(0x30a, bit)
#define STCE_CLEAR(bit) CSR_CLEAR(0x30a, bit)
#define STCE_READ() CSR_READ(0x30a)
#define STCE ((reg_t)1 << 63)
static void set_stimecmp(uint64_t v) { CSR_WRITE(0x14d, v); }
#else
#define STCE_SET(bit) CSR_SET(0x31a, bit)
#define STCE_CLEAR(bit) CSR_CLEAR(0x31a, bit)
#define STCE_READ() CSR_READ(0x31a)
#define STCE ((reg_t)1 << 31)
static void set_stimecmp(uint64_t v) {
    CSR_WRITE(0x15d, -1);
    CSR_WRITE(0x14d, v);
    CSR_WRITE(0x15d, v >> 32);
}
#endif
#define STIP (1u << kSti)

FRAGMENT(spin, "1: j 1b");
FRAGMENT(vector, "");
FRAGMENT(read_stimecmp, "csrr a0, 0x14d");
#if XLEN == 64
FRAGMENT(write_stimecmp, "nop\n csrw 0x14d, x0\n nop\n nop");
#else
FRAGMENT(write_stimecmp, "csrw 0x14d, x0\n csrw 0x15d, x0\n nop\n nop");
#endif

static void access(void) {
    CSR_WRITE(mcounteren, 7);
    struct context c = run(kSupervisor, read_stimecmp, 0, 0, 0, 0);
    CHECK_DONE(c, read_stimecmp);
    c = run(kUser, read_stimecmp, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, read_stimecmp);
    CSR_WRITE(mcounteren, 5);  // TM clear
    c = run(kSupervisor, read_stimecmp, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, read_stimecmp);
    CSR_WRITE(mcounteren, 7);
    STCE_CLEAR(STCE);
    c = run(kSupervisor, read_stimecmp, 0, 0, 0, 0);
    CHECK_ILLEGAL(c, read_stimecmp);
    STCE_SET(STCE);
}

static void pending(void) {
    set_stimecmp(0);
    CHECK_EQ(CSR_READ(mip) & STIP, STIP);
    CSR_CLEAR(mip, STIP);  // read-only while STCE is set
    CHECK_EQ(CSR_READ(mip) & STIP, STIP);
    set_stimecmp((uint64_t)-1);
    CHECK_EQ(CSR_READ(mip) & STIP, 0);
    CSR_SET(mip, STIP);
    CHECK_EQ(CSR_READ(mip) & STIP, 0);
}

static void fires(enum mode mode) {
    const uint64_t due = mtime() + 2000;
    set_stimecmp(due);
    CSR_SET(mstatus, MSTATUS_SIE);
    struct context c = run(mode, spin, 0, 0, 0, 0);
    CHECK_TRAP(c, kEcallS, vector, 0);
    CHECK_EQ(CSR_READ(scause), INTERRUPT(kSti));
    CHECK_EQ(CSR_READ(sepc), (reg_t)spin);
    CHECK(mtime() >= due);
    CHECK_EQ((c.status & MSTATUS_SPP) != 0, mode == kSupervisor);
    set_stimecmp((uint64_t)-1);
}

void test(void) {
    STCE_SET(STCE);
    CHECK_EQ(STCE_READ() & STCE, STCE);
    access();
    pending();
    CSR_WRITE(stvec, (reg_t)vector);
    CSR_WRITE(mideleg, STIP);
    CSR_WRITE(mie, STIP);
    for (row = 0; row < 6; ++row) fires(row & 1 ? kUser : kSupervisor);
    // Taken right after the write that makes it pending.
    CSR_SET(mstatus, MSTATUS_SIE);
    const struct context c = run(kSupervisor, write_stimecmp, 0, 0, 0, 0);
    CHECK_TRAP(c, kEcallS, vector, 0);
    CHECK_EQ(CSR_READ(sepc), (reg_t)write_stimecmp + 8);
}
