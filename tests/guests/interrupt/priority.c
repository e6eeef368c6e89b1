// Several interrupts at once: MEI, MSI, MTI, SEI, SSI, STI in this order, and those for M before
// those for S (privileged specification, mip and mie).
#include "harness.h"

FRAGMENT(spin, "1: j 1b");
FRAGMENT(vector, "");

static const enum interrupt kOrder[] = {kMsi, kMti, kSei, kSsi, kSti};

static void set_pending(unsigned bits) {
    write32(CLINT, bits >> kMsi & 1);
    set_mtimecmp(0, bits >> kMti & 1 ? 0 : (uint64_t)-1);
    CSR_WRITE(mip, bits & 0x222);
}

static unsigned first_of(unsigned bits) {
    for (unsigned i = 0; i < 5; ++i)
        if (bits >> kOrder[i] & 1) return kOrder[i];
    return 0;
}

void test(void) {
    CSR_WRITE(stvec, (reg_t)vector);
    CSR_SET(mstatus, MSTATUS_SIE);
    for (unsigned set = 1; set < 32; ++set) {
        unsigned bits = 0;
        for (unsigned i = 0; i < 5; ++i)
            if (set >> i & 1) bits |= 1u << kOrder[i];
        for (unsigned delegated = 0; delegated < 0x400; delegated += 0x222) {
            row = set * 10 + (delegated != 0);
            CSR_WRITE(mideleg, delegated);
            CSR_WRITE(mie, bits);
            set_pending(bits);
            const struct context c = run(kUser, spin, 0, 0, 0, 0);
            const unsigned machine = first_of(bits & ~delegated);
            if (machine != 0) {
                CHECK_TRAP(c, INTERRUPT(machine), spin, 0);
            } else {
                CHECK_TRAP(c, kEcallS, vector, 0);
                CHECK_EQ(CSR_READ(scause), INTERRUPT(first_of(bits)));
            }
            CSR_WRITE(mie, 0);
            set_pending(0);
        }
    }
}
