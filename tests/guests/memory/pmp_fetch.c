// A PMP entry that ends inside an instruction: the trap names the part that is refused, not the
// instruction's beginning (privileged specification, mtval, "Physical Memory Protection").
#include "harness.h"

enum { kTor = 1 << 3, kNapot = 3 << 3, kX = 4, kAll = 7 };
// A wide instruction across a multiple of four, where the range of entry 1 begins or ends.
FRAGMENT(straddling, ".option rvc\n c.nop\n .option norvc\n lui a0, 0x12345");

static void set_range(reg_t low, reg_t high, unsigned rights) {
    CSR_WRITE(pmpaddr0, low >> 2);
    CSR_WRITE(pmpaddr1, high >> 2);
    CSR_WRITE(pmpaddr2, -1);
    CSR_WRITE(pmpcfg0, (kTor | rights) << 8 | (kNapot | kAll) << 16);
    asm volatile("sfence.vma" ::: "memory");
}

void test(void) {
    const reg_t at = (reg_t)straddling;
    for (enum mode mode = kUser; mode <= kSupervisor; ++mode) {
        row = mode;
        set_range(at + 4, at + 8, 0);
        struct context c = run(mode, straddling, 0, 0, 0, 0);
        CHECK_TRAP(c, kFetchAccess, straddling + 2, at + 4);
        set_range(at, at + 4, 0);
        c = run(mode, straddling + 2, 0, 0, 0, 0);
        CHECK_TRAP(c, kFetchAccess, straddling + 2, at + 2);
        // Two entries, both of which grant it: one access that neither covers, or two.
        set_range(at, at + 4, kX);
        c = run(mode, straddling, 0, 0, 0, 0);
        if (c.cause == kFetchAccess) {
            CHECK_TRAP(c, kFetchAccess, straddling + 2, c.tval);
        } else {
            CHECK_EQ(c.cause, ecall_of(mode));
            CHECK_EQ(c.x[kA0], 0x12345000);
        }
    }
}
