// A stack in devices and in nothing, with code that pushes, pops and calls.
#include "hostile.h"

FRAGMENT(recurse,
         "1: addi sp, sp, -32\n sw ra, 0(sp)\n sw a0, 4(sp)\n fsd f0, 8(sp)\n addi a0, a0, 1\n"
         "jal 2f\n lw ra, 0(sp)\n lw a0, 4(sp)\n addi sp, sp, 32\n bnez a1, 1b\n"
         "2: addi a1, a1, -1\n ret");
FRAGMENT(compressed,
         ".option rvc\n 1: c.swsp ra, 0(sp)\n c.lwsp a0, 0(sp)\n c.addi16sp sp, -64\n"
         "c.fsdsp f0, 8(sp)\n c.j 1b\n .option norvc");
static const char* const kBodies[] = {recurse, compressed};

void test(void) {
    CSR_SET(mstatus, MSTATUS_FS);
    static const reg_t kStacks[] = {
        0,
        16,
        0x1100,
        CLINT + 0x3f00,
        PLIC + 0x1000,
        PLIC + 0x2100,
        PLIC + 0x201000,
        UART + 8,
        UART + 0x100,
        VIRTIO + 0x200,
        VIRTIO + 0x8000,
        UNMAPPED,
        RAM_BASE,
        RAM_BASE + 0x8000000,
        (reg_t)-16,
        (reg_t)-1,
        (reg_t)1 << (XLEN - 1),
    };
    static const enum mode kModes[] = {kUser, kSupervisor, kMachine};
    for (unsigned m = 0; m < 3; ++m)
        for (unsigned s = 0; s < sizeof kStacks / sizeof kStacks[0]; ++s)
            for (unsigned b = 0; b < 2; ++b) {
                struct context c = {.pc = (reg_t)kBodies[b], .mode = kModes[m]};
                c.x[kSp] = kStacks[s];
                c.x[kRa] = (reg_t)kBodies[b];
                c.x[kA1] = 100;
                run_shortly(&c);
            }
}
