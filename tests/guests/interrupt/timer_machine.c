// The CLINT's timer: pending follows the comparison, a loop on itself is interrupted, mtvec is
// taken only while enabled (privileged specification, mtime, mip, mie).
#include "harness.h"

FRAGMENT(spin, "1: j 1b");
FRAGMENT(count, "1: addi a0, a0, 1\n j 1b");
FRAGMENT(loop_memory, "1: lw t0, 0(a1)\n addi t0, t0, 1\n sw t0, 0(a1)\n bnez x1, 1b\n j 1b");
FRAGMENT(short_run, "li t0, 2000\n 1: addi t0, t0, -1\n bnez t0, 1b");
static const char* const kLoops[] = {spin, count, loop_memory};
static uint32_t cell;

enum { kTicks = 2000 };

static void fires(enum mode mode, const char* loop) {
    const uint64_t due = mtime() + kTicks;
    set_mtimecmp(0, due);
    CSR_WRITE(mie, 1u << kMti);
    struct context c = {.pc = (reg_t)loop, .mode = mode, .interrupts = 1};
    c.x[kA1] = (reg_t)&cell;
    c.x[kRa] = 1;
    enter(&c);
    CHECK_EQ(c.cause, INTERRUPT(kMti));
    CHECK_EQ(c.tval, 0);
    CHECK(c.pc >= (reg_t)loop && c.pc < (reg_t)loop + 20);
    CHECK_EQ((c.status & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT, mode);
    CHECK_EQ((c.status & MSTATUS_MPIE) != 0, 1);
    CHECK(mtime() >= due);
    CHECK_EQ(CSR_READ(mip) & 1u << kMti, 1u << kMti);
    set_mtimecmp(0, (uint64_t)-1);
    CHECK_EQ(CSR_READ(mip) & 1u << kMti, 0);
    CSR_WRITE(mie, 0);
}

static void disabled(void) {
    set_mtimecmp(0, 0);
    CHECK_EQ(CSR_READ(mip) & 1u << kMti, 1u << kMti);
    // mie clear: in no mode.
    struct context c = run(kUser, short_run, 0, 0, 0, 0);
    CHECK_DONE(c, short_run);
    CSR_WRITE(mie, 1u << kMti);
    // MIE clear: not in M-mode, but below it, at once.
    c = run(kMachine, short_run, 0, 0, 0, 0);
    CHECK_DONE(c, short_run);
    c = run(kSupervisor, short_run, 0, 0, 0, 0);
    CHECK_TRAP(c, INTERRUPT(kMti), short_run, 0);
    c = run(kUser, short_run, 0, 0, 0, 0);
    CHECK_TRAP(c, INTERRUPT(kMti), short_run, 0);
    CSR_WRITE(mie, 0);
    set_mtimecmp(0, (uint64_t)-1);
}

// The interrupt is taken right after the CSR instruction that allows it.
FRAGMENT(enable_csr, "csrs mstatus, a0\n nop\n nop");
FRAGMENT(enable_mie, "csrs mie, a1\n nop\n nop");
FRAGMENT(store_compare, "sw x0, 0(a0)\n sw x0, 4(a0)\n 1: j 1b");

static void immediately(void) {
    set_mtimecmp(0, 0);
    CSR_WRITE(mie, 1u << kMti);
    struct context c = run(kMachine, enable_csr, MSTATUS_MIE, 0, 0, 0);
    CHECK_TRAP(c, INTERRUPT(kMti), enable_csr + 4, 0);
    CSR_WRITE(mie, 0);
    c = (struct context){.pc = (reg_t)enable_mie, .mode = kMachine, .interrupts = 1};
    c.x[kA1] = 1u << kMti;
    enter(&c);
    CHECK_TRAP(c, INTERRUPT(kMti), enable_mie + 4, 0);
    set_mtimecmp(0, (uint64_t)-1);
    CSR_WRITE(mie, 1u << kMti);
    c = (struct context){.pc = (reg_t)store_compare, .mode = kMachine, .interrupts = 1};
    c.x[kA0] = CLINT + 0x4000;
    enter(&c);
    CHECK_TRAP(c, INTERRUPT(kMti), store_compare + 8, 0);
    CSR_WRITE(mie, 0);
    set_mtimecmp(0, (uint64_t)-1);
}

void test(void) {
    static const enum mode kModes[] = {kUser, kSupervisor, kMachine};
    for (unsigned m = 0; m < 3; ++m)
        for (unsigned i = 0; i < 3; ++i) {
            row = m * 10 + i;
            fires(kModes[m], kLoops[i]);
        }
    row = 0;
    disabled();
    immediately();
}
