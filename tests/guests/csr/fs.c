// mstatus.FS: off makes every floating-point instruction and CSR illegal; a write of the state
// makes it dirty (privileged specification, "Extension Context Status in mstatus Register").
#include "harness.h"

// One fragment an instruction; those up to kReaders leave the state as it is.
FRAGMENT(read_fcsr, "csrr a0, fcsr");
FRAGMENT(read_frm, "csrr a0, frm");
FRAGMENT(read_fflags, "csrr a0, fflags");
FRAGMENT(store_single, "fsw f0, 0(a1)");
FRAGMENT(store_double, "fsd f0, 0(a1)");
FRAGMENT(move_out, "fmv.x.w a0, f0");
FRAGMENT(classify, "fclass.d a0, f0");
FRAGMENT(write_fcsr, "csrw fcsr, x0");
FRAGMENT(set_frm, "csrsi frm, 1");
FRAGMENT(load_single, "flw f0, 0(a1)");
FRAGMENT(load_double, "fld f0, 0(a1)");
FRAGMENT(move_in, "fmv.w.x f0, x0");
FRAGMENT(add, "fadd.d f0, f0, f0");
FRAGMENT(sign, "fsgnj.s f0, f0, f0");
FRAGMENT(convert, "fcvt.s.w f0, x0");
FRAGMENT(compressed, ".option rvc\n .option norelax\n c.fldsp f0, 0(sp)");

static const char* const kInsns[] = {
    read_fcsr, read_frm,    read_fflags, store_single, store_double, move_out, classify, write_fcsr,
    set_frm,   load_single, load_double, move_in,      add,          sign,     convert,
};
enum { kReaders = 7, kCount = sizeof kInsns / sizeof kInsns[0] };
static uint64_t cell;

static void set_fs(reg_t fs) {
    CSR_CLEAR(mstatus, MSTATUS_FS);
    CSR_SET(mstatus, fs << MSTATUS_FS_SHIFT);
}

void test(void) {
    static const enum mode kModes[] = {kUser, kSupervisor, kMachine};
    for (unsigned m = 0; m < 3; ++m) {
        for (unsigned i = 0; i < kCount; ++i) {
            row = m * 100 + i;
            set_fs(0);
            struct context c = run(kModes[m], kInsns[i], 1, (reg_t)&cell, 0, 0);
            CHECK_ILLEGAL(c, kInsns[i]);
            CHECK_EQ(c.x[kA0], 1);
            CHECK_EQ(c.status & MSTATUS_SD, 0);

            set_fs(1);
            c = run(kModes[m], kInsns[i], 1, (reg_t)&cell, 0, 0);
            CHECK_EQ(c.cause, ecall_of(kModes[m]));
            const reg_t fs = (c.status & MSTATUS_FS) >> MSTATUS_FS_SHIFT;
            if (i >= kReaders) CHECK_EQ(fs, 3);
            if (i >= kReaders) CHECK_EQ(c.status & MSTATUS_SD, MSTATUS_SD);
            CHECK(fs == 1 || fs == 3);  // a hart may call it dirty early
        }
    }
    // FS off hides the state, it does not lose it.
    set_fs(3);
    asm volatile("fmv.w.x f9, %0" ::"r"(0x40490fdb));
    set_fs(0);
    set_fs(1);
    uint32_t bits;
    asm volatile("fmv.x.w %0, f9" : "=r"(bits));
    CHECK_EQ(bits, 0x40490fdb);
    struct context c = {.x = {[kSp] = (reg_t)&cell}, .pc = (reg_t)compressed, .mode = kUser};
    set_fs(0);
    enter(&c);
    CHECK_ILLEGAL(c, compressed);
}
