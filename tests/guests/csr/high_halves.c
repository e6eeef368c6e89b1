// The high halves of 64-bit CSRs: there on RV32, each half written by itself; illegal on RV64
// (privileged specification, "Hardware Performance Monitor", mstatush, menvcfgh).
#include "harness.h"

static const unsigned kHighHalves[] = {0xb80, 0xb82, 0xb83, 0xc80, 0xc81, 0xc82, 0x310, 0x31a};

static void presence(void) {
    for (row = 0; row < sizeof kHighHalves / sizeof(unsigned); ++row) {
        struct context c = {0};
        run_word(&c, kMachine, kHighHalves[row] << 20 | 2 << 12 | 10 << 7 | 0x73);
        CHECK_EQ(c.cause, XLEN == 32 ? kEcallM : kIllegal);
    }
}

#if XLEN == 32
static void counters(void) {
    CSR_WRITE(mcountinhibit, 5);
    CSR_WRITE(minstreth, 5);
    CSR_WRITE(minstret, 77);
    CHECK_EQ(CSR_READ(minstreth), 5);
    CHECK_EQ(CSR_READ(instreth), 5);
    CHECK_EQ(CSR_READ(minstret), 77);
    CSR_WRITE(mcycle, 3);
    CSR_WRITE(mcycleh, 9);
    CHECK_EQ(CSR_READ(mcycle), 3);
    CHECK_EQ(CSR_READ(mcycleh), 9);
    CHECK_EQ(CSR_READ(cycleh), 9);
    CSR_WRITE(mcountinhibit, 0);
    const uint64_t now = mtime();
    CHECK(CSR_READ(timeh) - (uint32_t)(now >> 32) <= 1);
}

static void timer(void) {
    const unsigned mtip = 1u << kMti;
    // Each half alone decides.
    write32(CLINT + 0x4000, 0);
    write32(CLINT + 0x4004, 0xffffffff);
    CHECK_EQ(CSR_READ(mip) & mtip, 0);
    CHECK_EQ(read32(CLINT + 0x4004), 0xffffffff);
    write32(CLINT + 0x4004, 0);
    CHECK_EQ(CSR_READ(mip) & mtip, mtip);
    write32(CLINT + 0x4000, 0xffffffff);
    CHECK_EQ(CSR_READ(mip) & mtip, mtime() >= 0xffffffff ? mtip : 0);
}

static void status(void) {
    // SBE and MBE, and two bits of the hypervisor's; everything else is zero.
    CSR_WRITE(mstatush, -1);
    CHECK_EQ(CSR_READ(mstatush) & ~(reg_t)0xf0, 0);
    CSR_WRITE(mstatush, 0);
    CHECK_EQ(CSR_READ(mstatush), 0);
}

void test(void) {
    presence();
    counters();
    timer();
    status();
}
#else
void test(void) { presence(); }
#endif
