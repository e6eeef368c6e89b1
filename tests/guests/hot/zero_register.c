// x0 as the destination of every kind of instruction, in a hot loop: it stays zero, and what else
// the instruction does is done (unprivileged specification, "Programmers' Model for Base Integer
// ISA").
#include "harness.h"

// a0: memory, a3: rounds. a2 gathers what x0 is said to hold, a4 counts through an AMO.
#define LOOK "\n or a2, a2, x0\n add t6, x0, x0\n or a2, a2, t6\n"
FRAGMENT(
    loop,
    "li t0, 7\n fcvt.s.w f0, t0\n fcvt.d.w f1, t0\n"
    "1: addi x0, t0, 5" LOOK "lui x0, 5\n auipc x0, 5" LOOK "add x0, t0, t0" LOOK
    "sub x0, x0, t0\n sltu x0, x0, t0\n sra x0, t0, t0" LOOK
    "mul x0, t0, t0\n mulhu x0, t0, t0\n"
    "div x0, t0, t0\n rem x0, t0, x0" LOOK "lw x0, 0(a0)\n lbu x0, 1(a0)" LOOK
    "amoadd.w x0, t0, (a0)\n amomaxu.w x0, x0, (a0)" LOOK "lr.w x0, (a0)\n sc.w x0, t0, (a0)" LOOK
    "csrrs x0, mstatus, x0\n csrrw x0, sscratch, a3" LOOK
    "fmv.x.w x0, f0\n feq.s x0, f0, f0\n"
    "fcvt.w.d x0, f1\n fclass.s x0, f0\n fle.d x0, f1, f1" LOOK
    "jal x0, 2f\n 2: la t1, 3f\n jalr x0, 0(t1)\n 3:" LOOK
    ".option push\n .option rvc\n c.nop\n .option pop\n .half 0x0001\n"
    "sw x0, 4(a0)\n lw t2, 4(a0)\n or a2, a2, t2\n addi a4, a4, 1\n addi a3, a3, -1\n bnez a3, 1b");

static uint32_t cells[2];

void test(void) {
    CSR_SET(mstatus, MSTATUS_FS);
    for (row = 0; row < 4; ++row) {
        cells[0] = 0x80000000 + row;
        cells[1] = 0xffffffff;
        const struct context c = run(kMachine, loop, (reg_t)cells, 0, 0, kHotRounds);
        CHECK_DONE(c, loop);
        CHECK_EQ(c.x[kA2], 0);
        CHECK_EQ(c.x[kA4], kHotRounds);
        CHECK_EQ(cells[0], 7);  // what the sc stored
        CHECK_EQ(cells[1], 0);
    }
}
