// jitctl's INSTRET is what the instret CSR reads in its place, on each of several harts and
// wherever a slice or a block ends, but nobody can set or stop it.
#include "jitctl.h"
#include "smp.h"

enum { kRounds = 30000 };  // several slices
static volatile uint32_t done;

#if XLEN == 64
#define LOAD "ld "
#else
#define LOAD "lw "
#endif

// The register between two reads of the CSR: each later by one. Ends early, with rounds left, where
// it is not. a0: the register, a1: rounds.
FRAGMENT(between, "1: csrr a2, instret\n" LOAD
                  "a3, 0(a0)\n csrr a4, instret\n"
                  "addi a2, a2, 1\n bne a2, a3, 2f\n addi a3, a3, 1\n bne a3, a4, 2f\n"
                  "addi a1, a1, -1\n bnez a1, 1b\n 2:");
// It begins its block, and a jump follows it.
FRAGMENT(at_block_ends, "1: csrr a2, instret\n j 3f\n nop\n 3: " LOAD
                        "a3, 0(a0)\n j 4f\n nop\n 4: csrr a4, instret\n"
                        "addi a2, a2, 2\n bne a2, a3, 2f\n addi a3, a3, 2\n bne a3, a4, 2f\n"
                        "addi a1, a1, -1\n bnez a1, 1b\n 2:");
// Read by read, between which no CSR ends a block.
FRAGMENT(in_a_row, "1: " LOAD "a2, 0(a0)\n" LOAD "a3, 0(a0)\n" LOAD
                   "a4, 0(a0)\n"
                   "addi a2, a2, 1\n bne a2, a3, 2f\n addi a3, a3, 1\n bne a3, a4, 2f\n"
                   "addi a1, a1, -1\n bnez a1, 1b\n 2:");
static const char* const kReads[] = {between, at_block_ends, in_a_row};

static void read_everywhere(void) {
    static const enum mode kModes[] = {kMachine, kSupervisor, kUser};
    CSR_WRITE(mcounteren, -1);
    CSR_WRITE(scounteren, -1);
    for (unsigned i = 0; i < 9; ++i) {
        const struct context c =
            run(kModes[i / 3], kReads[i % 3], JITCTL + kInstret, kRounds, 0, 0);
        CHECK_EQ(c.cause, ecall_of(kModes[i / 3]));
        CHECK_EQ(c.x[kA1], 0);
    }
}

void secondary(reg_t hart) {
    (void)hart;
    CSR_WRITE(pmpaddr0, -1);
    CSR_WRITE(pmpcfg0, 0x1f);
    read_everywhere();
    __atomic_fetch_add(&done, 1, __ATOMIC_RELEASE);
}

void test(void) {
    release_harts();
    read_everywhere();
    wait_for(&done, kHarts - 1);
    const uint64_t before = jitctl_read(kInstret);
    CSR_WRITE(minstret, 0);
    CSR_WRITE(mcountinhibit, 4);
    const uint64_t after = jitctl_read(kInstret);
    CSR_WRITE(mcountinhibit, 0);
    CHECK(after > before);
    CHECK(after < before + 20);
}
