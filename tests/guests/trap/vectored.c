// Vectored mtvec and stvec: interrupts enter at base + 4 * cause, exceptions at base (privileged
// specification, mtvec and stvec).
#include "harness.h"

// Each entry leaves its own return address in t6 and goes on to the harness.
asm(".pushsection .text\n.balign 256\n.option push\n.option norvc\nvectors:\n"
    ".rept 16\n jal t6, 1f\n .endr\n1: j trap_entry\n.option pop\n.popsection");
extern char vectors[];
FRAGMENT(spin, "1: j 1b");
FRAGMENT(illegal, ".word 0");
// Sixteen entries for the supervisor; each is an ecall, whose address tells which one it was.
FRAGMENT(supervisor_vectors, ".balign 256\n.rept 16\n ecall\n .endr");

static reg_t entry(const struct context* c) { return c->x[kT6] - 4 - (reg_t)vectors; }

static void machine(void) {
    CSR_WRITE(mtvec, (reg_t)vectors | 1);
    CHECK_EQ(CSR_READ(mtvec), (reg_t)vectors | 1);
    struct context c = run(kMachine, illegal, 0, 0, 0, 0);
    CHECK_EQ(c.cause, kIllegal);
    CHECK_EQ(entry(&c), 0);
    c = run(kUser, illegal_end, 0, 0, 0, 0);
    CHECK_EQ(c.cause, kEcallU);
    CHECK_EQ(entry(&c), 0);

    static const enum interrupt kInterrupts[] = {kSsi, kSti, kSei, kMsi};
    for (row = 0; row < 4; ++row) {
        const enum interrupt i = kInterrupts[row];
        CSR_WRITE(mie, (reg_t)1 << i);
        if (i == kMsi) write32(CLINT, 1);
        CSR_WRITE(mip, (reg_t)1 << i);
        c = run(kUser, spin, 0, 0, 0, 0);
        CHECK_EQ(c.cause, INTERRUPT(i));
        CHECK_EQ(entry(&c), 4 * i);
        CSR_WRITE(mip, 0);
        write32(CLINT, 0);
    }
    CSR_WRITE(mie, 0);
    CSR_WRITE(mtvec, (reg_t)trap_entry);
}

static void supervisor(void) {
    // .balign inside the fragment moves the entries on.
    const reg_t base = ((reg_t)supervisor_vectors + 255) & ~(reg_t)255;
    CSR_WRITE(stvec, base | 1);
    CHECK_EQ(CSR_READ(stvec), base | 1);
    CSR_WRITE(medeleg, 1u << kIllegal);
    CSR_WRITE(mideleg, 1u << kSsi | 1u << kSti | 1u << kSei);
    struct context c = run(kUser, illegal, 0, 0, 0, 0);
    CHECK_TRAP(c, kEcallS, (void*)base, 0);
    static const enum interrupt kInterrupts[] = {kSsi, kSti, kSei};
    for (row = 0; row < 3; ++row) {
        const enum interrupt i = kInterrupts[row];
        CSR_WRITE(mie, (reg_t)1 << i);
        CSR_WRITE(mip, (reg_t)1 << i);
        c = run(kUser, spin, 0, 0, 0, 0);
        CHECK_TRAP(c, kEcallS, (void*)(base + 4 * i), 0);
        CHECK_EQ(CSR_READ(scause), INTERRUPT(i));
        CHECK_EQ(CSR_READ(stval), 0);
        CHECK_EQ(CSR_READ(sepc), (reg_t)spin);
        CSR_WRITE(mip, 0);
    }
    CSR_WRITE(mie, 0);
}

void test(void) {
    machine();
    supervisor();
}
