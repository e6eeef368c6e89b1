// Cause, epc and resumption of an environment call and of an illegal instruction.
#include "htif.S.inc"

#define CAUSE_ILLEGAL 2
#define CAUSE_ECALL_M 11

    htif_begin
    la t0, handler
    csrw mtvec, t0

    li s0, 0
call:
    ecall
    expect 1, s0, CAUSE_ECALL_M
    la a0, call
    sub a0, a0, s1
    expect 2, a0, 0

    li s0, 0
illegal:
    .word 0xffffffff  // all ones: reserved for ever
    expect 3, s0, CAUSE_ILLEGAL
    la a0, illegal
    sub a0, a0, s1
    expect 4, a0, 0

    // mret goes to the mode in MPP and leaves U there: the next trap comes from user mode.
    li a0, 0x1800  // MPP
    csrc mstatus, a0
    li a0, -1  // all of memory, for user mode
    csrw pmpaddr0, a0
    li a0, 0x1f  // NAPOT, read, write, execute
    csrw pmpcfg0, a0
    la a0, user
    csrw mepc, a0
    mret
user:
    li s0, 0
    csrr a0, mstatus
    expect 5, s0, CAUSE_ILLEGAL
    htif_end

// Leaves the cause in s0 and the pc in s1 and goes on behind the four-byte instruction.
    .balign 4
handler:
    csrr s0, mcause
    csrr s1, mepc
    addi t0, s1, 4
    csrw mepc, t0
    mret
