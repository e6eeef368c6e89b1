// Interrupts between harts through the CLINT's msip: a ring that each hart waits in by wfi, by a
// loop on itself, and in U-mode; each hart has its own timer too.
#include "smp.h"

FRAGMENT(spin, "1: j 1b");
FRAGMENT(wait, "1: wfi\n j 1b");
enum { kRounds = 60 };
static volatile uint32_t done;

// Waits for this hart's software interrupt in a way that the round chooses.
static void wait_ipi(unsigned hart, unsigned round) {
    struct context c = {.pc = (reg_t)(round % 2 ? spin : wait), .interrupts = 1};
    // wfi may be illegal in U-mode.
    c.mode = round % 3 == 0 ? kMachine : round % 2 ? kUser : kSupervisor;
    enter(&c);
    CHECK_EQ(c.cause, INTERRUPT(kMsi));
    CHECK_EQ(CSR_READ(mip) >> kMsi & 1, 1);
    clear_ipi(hart);
    CHECK_EQ(CSR_READ(mip) >> kMsi & 1, 0);
}

static void own_timer(unsigned hart) {
    CSR_WRITE(mie, 1u << kMti);
    const uint64_t due = mtime() + 1000 * (hart + 1);
    set_mtimecmp(hart, due);
    struct context c = {.pc = (reg_t)spin, .mode = kMachine, .interrupts = 1};
    enter(&c);
    CHECK_EQ(c.cause, INTERRUPT(kMti));
    CHECK(mtime() >= due);
    set_mtimecmp(hart, (uint64_t)-1);
}

static void open_memory_here(void) {
    CSR_WRITE(pmpaddr0, -1);
    CSR_WRITE(pmpcfg0, 0x1f);
}

void secondary(reg_t hart) {
    open_memory_here();
    CHECK_EQ(CSR_READ(mhartid), hart);
    set_mtimecmp((unsigned)hart, (uint64_t)-1);
    CSR_WRITE(mie, 1u << kMsi);
    for (unsigned round = 0; round < kRounds; ++round) {
        wait_ipi((unsigned)hart, round);
        send_ipi((unsigned)(hart + 1) % kHarts);
    }
    own_timer((unsigned)hart);
    __atomic_fetch_add(&done, 1, __ATOMIC_RELEASE);
}

void test(void) {
    release_harts();
    CSR_WRITE(mie, 1u << kMsi);
    for (row = 0; row < kRounds; ++row) {
        send_ipi(1);
        wait_ipi(0, row);
    }
    own_timer(0);
    wait_for(&done, kHarts - 1);
}
