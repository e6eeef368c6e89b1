// Entry of every guest program, and the switch between the harness (M-mode) and the code under
// test: enter() runs a context until its next trap, whatever that is.
#include "asm.h"

#define MSTATUS_MPP (3 << 11)
#define MSTATUS_MPIE (1 << 7)
#define MSTATUS_MIE (1 << 3)
#define MSTATUS_MPRV (1 << 17)

    .section .text.start, "ax"
    .globl _start
_start:
    la t0, trap_entry
    csrw mtvec, t0
    csrw mscratch, zero
    csrw mie, zero

    csrr s0, mhartid
    la sp, stacks
    addi t0, s0, 1
    slli t0, t0, STACK_SHIFT
    add sp, sp, t0
    bnez s0, wait_for_release

    la t0, bss_begin
    la t1, bss_end
1:  bgeu t0, t1, 2f
    REG_S zero, 0(t0)
    addi t0, t0, REG_BYTES
    j 1b
2:  call start_program

wait_for_release:
    la t0, harts_released
1:  lw t1, 0(t0)
    beqz t1, 1b
    fence
    mv a0, s0
    call start_secondary
3:  wfi
    j 3b

    .macro each_saved op
    \op ra, 0*REG_BYTES(sp)
    \op gp, 1*REG_BYTES(sp)
    \op tp, 2*REG_BYTES(sp)
    \op s0, 3*REG_BYTES(sp)
    \op s1, 4*REG_BYTES(sp)
    \op s2, 5*REG_BYTES(sp)
    \op s3, 6*REG_BYTES(sp)
    \op s4, 7*REG_BYTES(sp)
    \op s5, 8*REG_BYTES(sp)
    \op s6, 9*REG_BYTES(sp)
    \op s7, 10*REG_BYTES(sp)
    \op s8, 11*REG_BYTES(sp)
    \op s9, 12*REG_BYTES(sp)
    \op s10, 13*REG_BYTES(sp)
    \op s11, 14*REG_BYTES(sp)
    .endm

    // Every register of the context but x0 and a0, whose address is `base`.
    .macro each_context op, base
    .irp n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \op x\n, \n*REG_BYTES(\base)
    .endr
    .endm

    .text
    .globl enter
    .balign 4
enter:
    addi sp, sp, -16*REG_BYTES
    each_saved REG_S
    REG_S sp, CONTEXT_HOST_SP(a0)
    csrw mscratch, a0
    li t0, MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE
    csrc mstatus, t0
    REG_L t0, CONTEXT_MODE(a0)
    slli t0, t0, 11
    REG_L t1, CONTEXT_INTERRUPTS(a0)
    slli t1, t1, 7
    or t0, t0, t1
    csrs mstatus, t0
    REG_L t0, CONTEXT_PC(a0)
    csrw mepc, t0
    each_context REG_L, a0
    REG_L a0, 10*REG_BYTES(a0)
    mret

    .globl trap_entry
    .balign 4
trap_entry:
    csrrw a0, mscratch, a0
    beqz a0, 1f
    each_context REG_S, a0
    csrr t0, mscratch
    REG_S t0, 10*REG_BYTES(a0)
    csrw mscratch, zero
    csrr t0, mepc
    REG_S t0, CONTEXT_PC(a0)
    csrr t0, mcause
    REG_S t0, CONTEXT_CAUSE(a0)
    csrr t0, mtval
    REG_S t0, CONTEXT_TVAL(a0)
    csrr t0, mstatus
    REG_S t0, CONTEXT_STATUS(a0)
    li t1, MSTATUS_MPRV
    csrc mstatus, t1
    REG_L sp, CONTEXT_HOST_SP(a0)
    each_saved REG_L
    addi sp, sp, 16*REG_BYTES
    ret
    // A trap of the harness itself.
1:  csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    call unexpected_trap

    // A hart that is not under test must not run past the program's end.
    .globl halt
halt:
    wfi
    j halt
