// Runs the sequences of an image (layout.h), one after the other, and prints for each a line: the
// hash of the state that it leaves, or that state. Traps are recorded and skipped; a sequence ends
// at its closing ecall, when execution leaves its code, or after too many traps.
#include "harness_common.h"
#include "macros.S"
#include "layout.h"

#define MSTATUS_FS 0x6000
#define MSTATUS_FS_SHIFT 13
#define MSTATUS_TW 0x200000
#define CAUSE_USER_ECALL 8

// Ranges up to the window, its end, the records and their end: none, RW, none, RX.
#define PMP_TOR 0x08
#define PMP_CONFIG (PMP_TOR | (PMP_TOR | 3) << 8 | PMP_TOR << 16 | (PMP_TOR | 5) << 24)

    .section .text.start, "ax"
    .globl _start
_start:
    la t0, trap
    csrw mtvec, t0
    la t0, state
    csrw mscratch, t0
    csrw mie, zero
    csrw mcounteren, zero
    csrw scounteren, zero
    li t0, WINDOW >> 2
    csrw pmpaddr0, t0
    li t0, (WINDOW + WINDOW_SIZE) >> 2
    csrw pmpaddr1, t0
    li t0, HEADER >> 2
    csrw pmpaddr2, t0
    li t0, RECORDS_END >> 2
    csrw pmpaddr3, t0
    li t0, PMP_CONFIG
    csrw pmpcfg0, t0
    li s1, HEADER
    LX s0, HEADER_FIRST(s1)

// s0: the record, s1: the header
next_record:
    beqz s0, finish
    la t0, current
    SX s0, 0(t0)
    LX t0, HEADER_REPEAT(s1)
    la t1, remaining
    SX t0, 0(t1)

start_sequence:
    li a0, WINDOW
    li a1, PRISTINE
    li a2, WINDOW + WINDOW_SIZE
    copy_until a1, a0, a2

    la a0, state
    li a1, STATE_SIZE
    add a1, a0, a1
1:  sw zero, 0(a0)
    addi a0, a0, 4
    bltu a0, a1, 1b

    // A reservation of the sequence before does not count.
    LX t0, HEADER_ATOMIC(s1)
    beqz t0, 1f
    la t0, scratch
    sc.w zero, zero, (t0)
1:
    li t0, MSTATUS_FS
    csrs mstatus, t0
    LX t0, HEADER_FLOAT(s1)
    beqz t0, 3f
    LX t1, RECORD_FCSR(s0)
    csrw fcsr, t1
    li t1, 8
    beq t0, t1, 2f
    each_float flw, RECORD_F, s0
    j 3f
2:
    each_float fld, RECORD_F, s0
3:
    // To U-mode (MPP = 0), where wfi is illegal (TW).
    LX t0, RECORD_FS(s0)
    slli t0, t0, MSTATUS_FS_SHIFT
    li t1, MSTATUS_TW
    or t0, t0, t1
    csrw mstatus, t0
    LX t0, RECORD_CODE(s0)
    csrw mepc, t0
    addi x31, s0, RECORD_X
    j resume

    .balign 4
trap:
    save_ints STATE_X
    la s0, current
    LX s0, 0(s0)
    csrr s3, mcause
    csrr s4, mepc
    LX s5, RECORD_END(s0)
    bne s4, s5, 1f
    li t0, CAUSE_USER_ECALL
    beq s3, t0, ended
1:
    LX s6, STATE_TRAPS(s2)
    li t0, STATE_MAX_TRAPS
    bgeu s6, t0, ended
    trap_slot
    SX s3, STATE_TRAP(t0)
    SX s4, STATE_TRAP + 8(t0)
    csrr t1, mtval
    SX t1, STATE_TRAP + 16(t0)
    addi s6, s6, 1
    SX s6, STATE_TRAPS(s2)
    LX t0, RECORD_CODE(s0)
    bltu s4, t0, ended
    bgeu s4, s5, ended
    skip_instruction
    csrw mepc, s4
    addi x31, s2, STATE_X
resume:
    resume_ints

// s0: the record, s2: the state, its integer registers saved
ended:
    li s1, HEADER
    li t0, MSTATUS_FS
    csrs mstatus, t0
    LX t0, HEADER_FLOAT(s1)
    beqz t0, 3f
    csrr t1, fcsr
    SX t1, STATE_FCSR(s2)
    li t1, 8
    beq t0, t1, 2f
    each_float fsw, STATE_F, s2
    j 3f
2:
    each_float fsd, STATE_F, s2
3:
    la t1, remaining
    LX t0, 0(t1)
    addi t0, t0, -1
    SX t0, 0(t1)
    bnez t0, start_sequence

    li s3, 0
    mv s4, s2
    li t0, STATE_SIZE
    add s5, s2, t0
    call each_word
    li s4, WINDOW
    li s5, WINDOW + WINDOW_SIZE
    call each_word
    LX t0, HEADER_DUMP(s1)
    bnez t0, 1f
    mv a0, s3
    call print_word
1:  li a0, '\n'
    call print_char
    LX s0, RECORD_NEXT(s0)
    j next_record

#include "print.S"

finish:
    li t0, FINISHER
    li t1, FINISHER_PASS
    sw t1, 0(t0)
1:  j 1b

    .balign 16
state:
    .skip STATE_SIZE
current:
    .dword 0
remaining:
    .dword 0
scratch:
    .dword 0
