// The counters count: mcycle, minstret and time grow, can be written, stopped (mcountinhibit) and
// read from below (privileged specification, "Hardware Performance Monitor"; Zicntr, Zihpm).
#include "harness.h"

static void grow(void) {
    reg_t cycle = CSR_READ(mcycle), instret = CSR_READ(minstret);
    for (row = 0; row < 100; ++row) {
        const reg_t c = CSR_READ(mcycle), i = CSR_READ(minstret);
        CHECK((sreg_t)(c - cycle) > 0);
        CHECK((sreg_t)(i - instret) > 0);
        cycle = c;
        instret = i;
    }
    // time is the CLINT's clock.
    const uint64_t before = mtime();
    const reg_t time = CSR_READ(time);
    const uint64_t after = mtime();
    CHECK((reg_t)(time - (reg_t)before) <= (reg_t)(after - before));
    CHECK((reg_t)CSR_READ(cycle) - cycle < (reg_t)1 << 30);
}

static void write(void) {
    CSR_WRITE(mcycle, 0x1000000);
    CHECK(CSR_READ(mcycle) - 0x1000000 < 0x100000);
    CSR_WRITE(minstret, 0x1000000);
    CHECK(CSR_READ(minstret) - 0x1000000 < 0x100000);
    CHECK(CSR_READ(instret) - 0x1000000 < 0x100000);
}

static void stop(void) {
    CSR_WRITE(mcountinhibit, 5);
    CHECK_EQ(CSR_READ(mcountinhibit) & 7, 5);
    const reg_t cycle = CSR_READ(mcycle), instret = CSR_READ(minstret);
    for (row = 0; row < 1000; ++row) asm volatile("nop");
    CHECK_EQ(CSR_READ(mcycle), cycle);
    CHECK_EQ(CSR_READ(minstret), instret);
    CSR_WRITE(mcountinhibit, 0);
    CHECK_EQ(CSR_READ(mcountinhibit) & 7, 0);
    for (row = 0; row < 1000; ++row) asm volatile("nop");
    CHECK(CSR_READ(mcycle) != cycle);
    CHECK(CSR_READ(minstret) != instret);
}

void test(void) {
    grow();
    write();
    stop();
}
