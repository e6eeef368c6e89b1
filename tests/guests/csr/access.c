// Who may read and write which CSR, and what a CSR instruction that names x0 or 0 does not do
// (unprivileged specification, Zicsr; privileged specification, CSR address mapping, TVM, TW, TSR,
// xcounteren).
#include "harness.h"

enum form { kCsrrw = 1, kCsrrs, kCsrrc, kCsrrwi = 5, kCsrrsi, kCsrrci };
static uint32_t csr_insn(enum form form, unsigned csr, unsigned rd, unsigned source) {
    return csr << 20 | source << 15 | (uint32_t)form << 12 | rd << 7 | 0x73;
}

static reg_t cause_of(enum mode mode, uint32_t insn) {
    struct context c = {.x = {[kT0] = 1}};
    run_word(&c, mode, insn);
    return c.cause;
}

#define CHECK_LEGAL(mode, insn) CHECK_EQ(cause_of(mode, insn), ecall_of(mode))
#define CHECK_REFUSED(mode, insn) CHECK_EQ(cause_of(mode, insn), kIllegal)

static void privilege(void) {
    static const unsigned kSupervisorCsrs[] = {0x100, 0x104, 0x105, 0x106, 0x10a, 0x140,
                                               0x141, 0x142, 0x143, 0x144, 0x180};
    static const unsigned kMachineCsrs[] = {0x300, 0x301, 0x302, 0x303, 0x304, 0x305, 0x306, 0x30a,
                                            0x320, 0x340, 0x341, 0x342, 0x343, 0x344, 0x3a0, 0x3b0,
                                            0x3bf, 0xb00, 0xb02, 0xb03, 0xb1f, 0x323, 0x33f};
    for (row = 0; row < sizeof kSupervisorCsrs / sizeof(unsigned); ++row) {
        const uint32_t read = csr_insn(kCsrrs, kSupervisorCsrs[row], 10, 0);
        CHECK_LEGAL(kMachine, read);
        CHECK_LEGAL(kSupervisor, read);
        CHECK_REFUSED(kUser, read);
    }
    for (row = 0; row < sizeof kMachineCsrs / sizeof(unsigned); ++row) {
        const uint32_t read = csr_insn(kCsrrs, kMachineCsrs[row], 10, 0);
        CHECK_LEGAL(kMachine, read);
        CHECK_REFUSED(kSupervisor, read);
        CHECK_REFUSED(kUser, read);
    }
}

// A write to a read-only CSR is illegal, even of the value it has; set and clear with x0 or 0 write
// nothing.
static void read_only(void) {
    static const unsigned kReadOnly[] = {0xf11, 0xf12, 0xf13, 0xf14, 0xf15};
    for (row = 0; row < sizeof kReadOnly / sizeof(unsigned); ++row) {
        const unsigned csr = kReadOnly[row];
        CHECK_LEGAL(kMachine, csr_insn(kCsrrs, csr, 10, 0));
        CHECK_LEGAL(kMachine, csr_insn(kCsrrc, csr, 10, 0));
        CHECK_LEGAL(kMachine, csr_insn(kCsrrsi, csr, 10, 0));
        CHECK_LEGAL(kMachine, csr_insn(kCsrrci, csr, 10, 0));
        CHECK_REFUSED(kMachine, csr_insn(kCsrrs, csr, 10, kT0));
        CHECK_REFUSED(kMachine, csr_insn(kCsrrc, csr, 10, kT0));
        CHECK_REFUSED(kMachine, csr_insn(kCsrrw, csr, 0, 0));
        CHECK_REFUSED(kMachine, csr_insn(kCsrrwi, csr, 0, 0));
        CHECK_REFUSED(kMachine, csr_insn(kCsrrsi, csr, 0, 1));
        CHECK_REFUSED(kSupervisor, csr_insn(kCsrrs, csr, 10, 0));
    }
    row = 0;
    CHECK_REFUSED(kMachine, csr_insn(kCsrrw, 0xc00, 0, kT0));  // cycle
    CHECK_REFUSED(kMachine, csr_insn(kCsrrs, 0xc02, 10, kT0));
    static const unsigned kAbsent[] = {0x000, 0x5c0, 0x800, 0x9c0, 0xcc0, 0xdc0, 0xfc0};
    for (row = 0; row < sizeof kAbsent / sizeof(unsigned); ++row)
        CHECK_REFUSED(kMachine, csr_insn(kCsrrs, kAbsent[row], 10, 0));
}

FRAGMENT(set_bits, "csrrs t1, sscratch, a0\n csrrc t2, sscratch, a1\n csrr a2, sscratch");
FRAGMENT(immediates,
         "csrrwi t0, sscratch, 31\n csrrsi t1, sscratch, 0\n csrrci t2, sscratch, 5\n"
         "csrr a2, sscratch\n csrrw x0, sscratch, x0\n csrr a3, sscratch");
enum { kT1 = 6, kT2 = 7 };

static void operations(void) {
    CSR_WRITE(sscratch, 0x0f);
    struct context c = run(kSupervisor, set_bits, 0xf0, 0x30, 0, 0);
    CHECK_EQ(c.x[kT1], 0x0f);
    CHECK_EQ(c.x[kT2], 0xff);
    CHECK_EQ(c.x[kA2], 0xcf);
    c = run(kSupervisor, immediates, 0, 0, 0, 0);
    CHECK_EQ(c.x[kT0], 0xcf);
    CHECK_EQ(c.x[kT1], 31);
    CHECK_EQ(c.x[kT2], 31);
    CHECK_EQ(c.x[kA2], 26);
    CHECK_EQ(c.x[kA3], 0);
}

FRAGMENT(read_satp, "csrr a0, satp");
FRAGMENT(write_satp, "csrw satp, x0");
FRAGMENT(fence_vma, "sfence.vma");
FRAGMENT(read_cycle, "rdcycle a0");
FRAGMENT(read_time, "rdtime a0");
FRAGMENT(read_instret, "rdinstret a0");

static void virtual_memory_traps(void) {
    static const char* const kFragments[] = {read_satp, write_satp, fence_vma};
    for (row = 0; row < 3; ++row) {
        const char* f = kFragments[row];
        CSR_CLEAR(mstatus, MSTATUS_TVM);
        CHECK_EQ(run(kSupervisor, f, 0, 0, 0, 0).cause, kEcallS);
        CHECK_EQ(run(kUser, f, 0, 0, 0, 0).cause, kIllegal);
        CSR_SET(mstatus, MSTATUS_TVM);
        const struct context c = run(kSupervisor, f, 0, 0, 0, 0);
        CHECK_ILLEGAL(c, f);
        CHECK_EQ(run(kMachine, f, 0, 0, 0, 0).cause, kEcallM);
    }
    CSR_CLEAR(mstatus, MSTATUS_TVM);
}

static void counters(void) {
    static const char* const kFragments[] = {read_cycle, read_time, read_instret};
    for (unsigned m = 0; m < 8; ++m) {
        for (unsigned s = 0; s < 8; ++s) {
            CSR_WRITE(mcounteren, m);
            CSR_WRITE(scounteren, s);
            for (unsigned i = 0; i < 3; ++i) {
                row = m * 100 + s * 10 + i;
                const int in_s = m >> i & 1, in_u = in_s & (s >> i);
                CHECK_EQ(run(kMachine, kFragments[i], 0, 0, 0, 0).cause, kEcallM);
                CHECK_EQ(run(kSupervisor, kFragments[i], 0, 0, 0, 0).cause,
                         in_s ? kEcallS : kIllegal);
                CHECK_EQ(run(kUser, kFragments[i], 0, 0, 0, 0).cause, in_u ? kEcallU : kIllegal);
            }
        }
    }
}

void test(void) {
    privilege();
    read_only();
    operations();
    virtual_memory_traps();
    counters();
}
