// Code that another hart rewrites: after an interrupt on which it executes fence.i, a hart runs the
// new version, though it has run the old one many times.
#include "smp.h"

enum { kRounds = 60, kCallers = 2 };
FRAGMENT(body, "li a0, 0\n ret");
FRAGMENT(call_hot, "1: jalr ra, 0(a1)\n j 1b");
static volatile uint32_t ready[kMaxHarts], version;
static volatile uint32_t done;

static uint32_t call_body(void) {
    uint32_t (*const function)(void) = (void*)body;
    return function();
}

void secondary(reg_t hart) {
    if (hart > kCallers) return;
    CSR_WRITE(pmpaddr0, -1);
    CSR_WRITE(pmpcfg0, 0x1f);
    CSR_WRITE(mie, 1u << kMsi);
    for (unsigned round = 1; round <= kRounds; ++round) {
        struct context c = {.pc = (reg_t)call_hot, .mode = round % 2 ? kUser : kSupervisor};
        c.x[kA1] = (reg_t)body;
        store_release(&ready[hart], round);
        enter(&c);
        CHECK_EQ(c.cause, INTERRUPT(kMsi));
        clear_ipi((unsigned)hart);
        fence_i();
        CHECK_EQ(call_body(), load_acquire(&version));
        store_release(&ready[hart], 0x10000 + round);
        while (load_acquire(&version) == round) {
        }
    }
    __atomic_fetch_add(&done, 1, __ATOMIC_RELEASE);
}

void test(void) {
    release_harts();
    for (row = 1; row <= kRounds; ++row) {
        for (unsigned h = 1; h <= kCallers; ++h) wait_for(&ready[h], row);
        write32((reg_t)body, 0x00000513 | row << 20);
        store_release(&version, row);
        fence_i();
        CHECK_EQ(call_body(), row);
        for (unsigned h = 1; h <= kCallers; ++h) send_ipi(h);
        for (unsigned h = 1; h <= kCallers; ++h) wait_for(&ready[h], 0x10000 + row);
        store_release(&version, 0);
    }
    wait_for(&done, kCallers);
}
