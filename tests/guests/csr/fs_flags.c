// An instruction that writes no floating-point register but raises a flag makes mstatus.FS dirty:
// fcsr is part of that state (privileged specification, "Extension Context Status").
#include "harness.h"

FRAGMENT(compare, "flt.s a0, f1, f1");        // invalid
FRAGMENT(compare_quiet, "feq.s a0, f2, f2");  // invalid for a signalling NaN
FRAGMENT(convert, "fcvt.w.s a0, f3");         // inexact
static const char* const kInsns[] = {compare, compare_quiet, convert};

void test(void) {
    for (row = 0; row < 3; ++row) {
        CSR_SET(mstatus, MSTATUS_FS);
        asm volatile("fmv.w.x f1, %0" ::"r"(0x7fc00000));
        asm volatile("fmv.w.x f2, %0" ::"r"(0x7fa00000));
        asm volatile("fmv.w.x f3, %0" ::"r"(0x3fc00000));
        CSR_WRITE(fflags, 0);
        CSR_CLEAR(mstatus, MSTATUS_FS);
        CSR_SET(mstatus, (reg_t)2 << MSTATUS_FS_SHIFT);
        const struct context c = run(kUser, kInsns[row], 0, 0, 0, 0);
        CHECK_EQ(c.cause, kEcallU);
        CHECK(CSR_READ(fflags) != 0);
        CHECK_EQ(c.status & MSTATUS_FS, MSTATUS_FS);
    }
}
