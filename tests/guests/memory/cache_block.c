// Zicbom and Zicboz: what they do to memory, the rights they need, and what menvcfg and senvcfg
// allow (unprivileged specification, "CMO"; the block has 64 bytes).
#include "paging.h"

enum { kBlock = 64 };
FRAGMENT(cbo_zero, "cbo.zero (a0)");
FRAGMENT(cbo_clean, "cbo.clean (a0)");
FRAGMENT(cbo_flush, "cbo.flush (a0)");
FRAGMENT(cbo_inval, "cbo.inval (a0)");
static const struct {
    const char* code;
    reg_t enable;
} kOps[] = {
    {cbo_zero, 1 << 7},  {cbo_clean, 1 << 6}, {cbo_flush, 1 << 6},
    {cbo_inval, 1 << 4}, {cbo_inval, 3 << 4},
};
enum { kOpCount = sizeof kOps / sizeof kOps[0] };

static void enables(void) {
    const reg_t address = (reg_t)data_pages[0];
    for (unsigned i = 0; i < kOpCount; ++i) {
        for (unsigned set = 0; set < 4; ++set) {
            row = i * 10 + set;
            CSR_WRITE(menvcfg, set & 1 ? kOps[i].enable : 0);
            CSR_WRITE(senvcfg, set & 2 ? kOps[i].enable : 0);
            const char* code = kOps[i].code;
            CHECK_EQ(run(kMachine, code, address, 0, 0, 0).cause, kEcallM);
            CHECK_EQ(run(kSupervisor, code, address, 0, 0, 0).cause, set & 1 ? kEcallS : kIllegal);
            CHECK_EQ(run(kUser, code, address, 0, 0, 0).cause, set == 3 ? kEcallU : kIllegal);
        }
    }
    // The reserved value of CBIE is not held.
    CSR_WRITE(menvcfg, 2 << 4);
    CHECK((CSR_READ(menvcfg) >> 4 & 3) != 2);
    CSR_WRITE(senvcfg, 2 << 4);
    CHECK((CSR_READ(senvcfg) >> 4 & 3) != 2);
    CSR_WRITE(menvcfg, 0xf0);
    CSR_WRITE(senvcfg, 0xf0);
}

static void effects(void) {
    uint8_t* const bytes = (uint8_t*)data_pages[1];
    for (row = 0; row < 200; ++row) {
        for (unsigned i = 0; i < 4 * kBlock; ++i) bytes[i] = (uint8_t)(i | 1);
        const unsigned offset = kBlock + row % (2 * kBlock), block = offset / kBlock;
        struct context c = run(kUser, cbo_zero, (reg_t)bytes + offset, 0, 0, 0);
        CHECK_DONE(c, cbo_zero);
        for (unsigned i = 0; i < 4 * kBlock; ++i)
            CHECK_EQ(bytes[i], i / kBlock == block ? 0 : (uint8_t)(i | 1));
        // The others change nothing that a coherent machine could see.
        for (unsigned op = 1; op < kOpCount; ++op)
            CHECK_EQ(run(kUser, kOps[op].code, (reg_t)bytes + offset + 8, 0, 0, 0).cause, kEcallU);
        for (unsigned i = 0; i < 4 * kBlock; ++i)
            CHECK_EQ(bytes[i], i / kBlock == block ? 0 : (uint8_t)(i | 1));
    }
}

static void faults(void) {
    struct space space;
    space_init(&space, kMinLevels);
    space_use(&space);
    for (unsigned i = 0; i < kOpCount; ++i) {
        row = i;
        const reg_t address = TEST_VA + 0x123;
        map(&space, TEST_VA, (reg_t)data_pages[2], 0, 0);
        struct context c = run(kSupervisor, kOps[i].code, address, 0, 0, 0);
        CHECK_TRAP(c, kStorePage, kOps[i].code, address);
        map(&space, TEST_VA, (reg_t)data_pages[2], kV | kR | kA, 0);
        data_pages[2][0x140 / 4] = 1;
        c = run(kSupervisor, kOps[i].code, address, 0, 0, 0);
        if (kOps[i].code == cbo_zero)
            CHECK_TRAP(c, kStorePage, kOps[i].code, address);
        else
            CHECK_EQ(c.cause, kEcallS);
        map(&space, TEST_VA, UNMAPPED, kRw, 0);
        c = run(kSupervisor, kOps[i].code, address, 0, 0, 0);
        CHECK_TRAP(c, kStoreAccess, kOps[i].code, address);
        // Translation lets a load through, so that what forbids the rest is no page fault.
        map(&space, TEST_VA, UNMAPPED, kV | kR | kA, 0);
        c = run(kSupervisor, kOps[i].code, address, 0, 0, 0);
        CHECK_TRAP(c, kOps[i].code == cbo_zero ? kStorePage : kStoreAccess, kOps[i].code, address);
    }
    space_leave();
}

FRAGMENT(zero_code, "jalr ra, 0(a1)\n cbo.zero (a0)\n fence.i\n jalr ra, 0(a1)");
// One block of code: "li a2, 1; ret" and filling.
FRAGMENT(victim, ".balign 64\n li a2, 1\n ret\n .rept 14\n nop\n .endr");

static void code(void) {
    const reg_t address = ((reg_t)victim + kBlock - 1) & ~(reg_t)(kBlock - 1);
    const struct context c = run(kUser, zero_code, address + 60, address, 0, 0);
    CHECK_TRAP(c, kIllegal, (void*)address, 0);
    CHECK_EQ(c.x[kA2], 1);
}

void test(void) {
    enables();
    effects();
    faults();
    code();
}
