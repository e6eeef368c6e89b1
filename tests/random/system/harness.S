// Runs the cases of an image (layout.h) in M-, S- and U-mode, on one or several harts, and prints for
// each a line: its number and the hash of the state that it leaves, or that state. Traps are
// recorded; an instruction that raised one is skipped. A case ends at its closing ecall, when execution
// leaves its code, after too many traps, or by the watchdog.
#include "../harness_common.h"
#include "../macros.S"
#include "../layout.h"
#include "layout.h"

#define CLINT_MSIP 0x02000000
#define CLINT_MTIMECMP 0x02004000
#define CLINT_MTIME 0x0200bff8
#define MSTATUS_FS 0x6000
#define MIP_WRITABLE 0x222
#define CAUSE_ECALL_S 9
#define FROM_S 0x10000

// Entries 5 to 7: nothing of the records, nothing of the harness, all else.
#define NAPOT(base, size) (((base) >> 2) | ((size) / 8 - 1))

    .macro each_csr action
    .set slot, 0
    .irp name, medeleg, mideleg, mie, mip, mcounteren, scounteren, satp, stvec, sepc, sscratch, scause, stval, pmpaddr0, pmpaddr1, pmpaddr2, pmpaddr3, pmpaddr4
    \action \name
    .set slot, slot + 8
    .endr
    .endm
    .macro write_csr name
    LX t0, RECORD_CSRS + slot(s0)
    csrw \name, t0
    .endm
    .macro read_csr name
    csrr t0, \name
    SX t0, SSTATE_CSRS + slot(s2)
    .endm

    .section .text.start, "ax"
    .globl _start
_start:
    la t0, trap
    csrw mtvec, t0
    csrw mie, zero
    csrr t0, mhartid
    li s1, SYSTEM_HEADER
    LX t1, SYSTEM_HARTS_USED(s1)
    bgeu t0, t1, park
    slli t0, t0, 3
    add t0, t0, s1
    LX s0, SYSTEM_FIRST(t0)
    li t0, NAPOT(SYSTEM_HEADER, SYSTEM_RECORDS_SIZE)
    csrw pmpaddr5, t0
    li t0, NAPOT(IMAGE_START, SYSTEM_HARNESS_SIZE)
    csrw pmpaddr6, t0
    li t0, -1
    csrw pmpaddr7, t0
    li s11, 0

// s0: the record, s1: the header, s11: cases that this hart ran
next_record:
    beqz s0, finish
    call arrive
    LX s3, RECORD_AREA(s0)
    li s2, AREA_STATE
    add s2, s2, s3
    csrw mscratch, s2
    addi t0, s2, 1024
    addi t0, t0, SSTATE_ALL - 1024
    mv t1, s2
1:  sw zero, 0(t1)
    addi t1, t1, 4
    bltu t1, t0, 1b
    SX s0, SSTATE_RECORD(s2)
    SX s11, SSTATE_TURN(s2)

    li a0, AREA_WINDOW
    add a0, a0, s3
    li a1, SYSTEM_PRISTINE
    li a2, AREA_WINDOW_SIZE
    call copy
    LX a0, RECORD_START(s0)
    addi a1, s0, RECORD_CODE_BYTES
    li a2, SYSTEM_CODE_BYTES
    call copy

    addi t0, s0, RECORD_PTES
    li t1, SYSTEM_PTE_COUNT
1:  LX t2, 0(t0)
    LX t3, 8(t0)
    SX t3, 0(t2)
    addi t0, t0, 16
    addi t1, t1, -1
    bnez t1, 1b

    // A reservation of the case before does not count.
    la t0, scratch
    sc.w zero, zero, (t0)
    csrw mstatus, zero
    LX t0, RECORD_PMPCFG(s0)
    csrw pmpcfg0, t0
#if __riscv_xlen == 32
    LX t0, RECORD_PMPCFG + 4(s0)
    csrw pmpcfg1, t0
#endif
    csrr t0, mhartid
    slli t0, t0, 2
    li t1, CLINT_MSIP
    add t0, t0, t1
    sw zero, 0(t0)
    LX a0, RECORD_TIMER(s0)
    bnez a0, 1f
    LX a0, SYSTEM_WATCHDOG(s1)
    SX a0, SSTATE_WATCHDOG(s2)
1:  call set_timer
    li t0, MSTATUS_FS
    csrw mstatus, t0
    LX t0, RECORD_FLOATS(s0)
    csrw fcsr, t0
    each_float fld, RECORD_FP, s0
    each_csr write_csr
    fence.i
    sfence.vma
    LX t0, RECORD_MSTATUS(s0)
    csrw mstatus, t0
    LX t0, RECORD_START(s0)
    csrw mepc, t0
    csrr t0, minstret
    SX t0, SSTATE_BASE(s2)
    addi x31, s0, RECORD_INTS
    j resume

    .balign 4
trap:
    save_ints SSTATE_X
    li s1, SYSTEM_HEADER
    LX s0, SSTATE_RECORD(s2)
    csrr s3, mcause
    csrr s4, mepc
    csrr s7, mtval
    li s8, 0
    li t0, CAUSE_ECALL_S
    bne s3, t0, 1f
    li t0, SYSTEM_VECTOR_BODY
    bne s4, t0, 1f
    // S-mode took it and hands it on.
    csrr s3, scause
    csrr s4, sepc
    csrr s7, stval
    li s8, FROM_S
1:  LX s5, RECORD_STOP(s0)
    bne s4, s5, 2f
    .irp cause, 8, 9, 11
    li t0, \cause
    beq s3, t0, ended
    .endr
2:  LX s6, SSTATE_TRAPS(s2)
    li t0, SSTATE_MAX_TRAPS
    bgeu s6, t0, ended
    trap_slot
    add t1, s3, s8
    SX t1, SSTATE_TRAP(t0)
    SX s4, SSTATE_TRAP + 8(t0)
    SX s7, SSTATE_TRAP + 16(t0)
    addi s6, s6, 1
    SX s6, SSTATE_TRAPS(s2)
    call count
    bgez s3, exception

    li t0, MIP_WRITABLE
    csrc mip, t0
    andi t0, s3, 15
    li t1, 3
    beq t0, t1, software
    li t1, 7
    bne t0, t1, go_on
    LX t0, SSTATE_WATCHDOG(s2)
    bnez t0, ended
    LX a0, SYSTEM_WATCHDOG(s1)
    SX a0, SSTATE_WATCHDOG(s2)
    call set_timer
    j go_on
software:
    csrr t0, mhartid
    slli t0, t0, 2
    li t1, CLINT_MSIP
    add t0, t0, t1
    sw zero, 0(t0)
    j go_on

exception:
    LX t0, RECORD_START(s0)
    bltu s4, t0, ended
    bgeu s4, s5, ended
    skip_instruction
    beqz s8, 2f
    csrw sepc, s4
    j go_on
2:  csrw mepc, s4

go_on:
    beqz s8, 1f
    li t0, SYSTEM_VECTOR_BODY + 4
    csrw mepc, t0
1:  addi x31, s2, SSTATE_X
resume:
    resume_ints

// s0: the record, s1: the header, s2: the state, its integer registers saved
ended:
    csrr t0, mstatus
    SX t0, SSTATE_MSTATUS(s2)
    each_csr read_csr
    csrw mie, zero
    li t0, MSTATUS_FS
    csrw mstatus, t0
    csrw satp, zero
    // An entry that covers a part of an access refuses it to M-mode, too.
    csrw pmpcfg0, zero
#if __riscv_xlen == 32
    csrw pmpcfg1, zero
#endif
    csrr t0, fcsr
    SX t0, SSTATE_FCSR(s2)
    each_float fsd, SSTATE_F, s2
    addi t0, s0, RECORD_PTES
    addi t1, s2, SSTATE_PTES
    li t2, SYSTEM_PTE_COUNT
1:  LX t3, 0(t0)
    LX t3, 0(t3)
    SX t3, 0(t1)
    addi t0, t0, 16
    addi t1, t1, 8
    addi t2, t2, -1
    bnez t2, 1b
    call count
    LX s11, SSTATE_TURN(s2)
    addi s11, s11, 1
    // Nobody changes the windows any more.
    call arrive

    li t1, SYSTEM_HEADER + SYSTEM_PRINTING
    li t0, 1
1:  amoswap.w.aq t2, t0, (t1)
    bnez t2, 1b
    LX a0, RECORD_INDEX(s0)
    call print_word
    li a0, ' '
    call print_char
    li s3, 0
    mv s4, s2
    addi s5, s2, SSTATE_SIZE
    call each_word
    LX t0, RECORD_AREA(s0)
    li s4, AREA_WINDOW
    add s4, s4, t0
    li s5, AREA_WINDOW_SIZE
    add s5, s5, s4
    call each_word
    LX s4, RECORD_START(s0)
    addi s5, s4, SYSTEM_CODE_BYTES
    call each_word
    LX t0, HEADER_DUMP(s1)
    bnez t0, 1f
    mv a0, s3
    call print_word
1:  li a0, '\n'
    call print_char
    li t1, SYSTEM_HEADER + SYSTEM_PRINTING
    amoswap.w.rl zero, zero, (t1)
    LX s0, RECORD_NEXT(s0)
    j next_record

// Mixes in how many instructions the case has begun.
count:
    LX t0, SYSTEM_COUNTS(s1)
    beqz t0, 1f
    csrr t0, minstret
    LX t1, SSTATE_BASE(s2)
    sub t0, t0, t1
    LX t1, SSTATE_COUNT(s2)
    slli t2, t1, 5
    sub t1, t2, t1
    add t1, t1, t0
    SX t1, SSTATE_COUNT(s2)
1:  ret

// Waits for the other harts.
arrive:
    li t1, SYSTEM_HEADER + SYSTEM_ARRIVED
    LX t2, SYSTEM_HARTS_USED(s1)
    addi t2, t2, -1
    beqz t2, 2f
    li t0, 1
    amoadd.w.aqrl t0, t0, (t1)
    or t0, t0, t2           // the last of this round: harts are a power of two
    addi t0, t0, 1
1:  lw t2, 0(t1)
    bltu t2, t0, 1b
2:  ret

// a2 bytes from a1 to a0; a multiple of 8
copy:
    add a2, a2, a0
    copy_until a1, a0, a2
    ret

// The timer interrupts a0 ticks from now.
set_timer:
    csrr t0, mhartid
    slli t0, t0, 3
    li t1, CLINT_MTIMECMP
    add t0, t0, t1
    li t1, CLINT_MTIME
#if __riscv_xlen == 64
    ld t2, 0(t1)
    add t2, t2, a0
    sd t2, 0(t0)
#else
1:  lw t3, 4(t1)
    lw t2, 0(t1)
    lw t4, 4(t1)
    bne t3, t4, 1b
    add t2, t2, a0
    sltu t4, t2, a0
    add t3, t3, t4
    sw t2, 0(t0)
    sw t3, 4(t0)
#endif
    ret

#include "../print.S"

finish:
    call arrive
    csrr t0, mhartid
    bnez t0, park
    li t0, FINISHER
    li t1, FINISHER_PASS
    sw t1, 0(t0)
park:
    wfi
    j park

    .balign 8
scratch:
    .dword 0

    .section .vector, "ax", @progbits
    .rept 16
    .option push
    .option norvc
    j body
    .option pop
    .endr
body:
    ecall
    sret
