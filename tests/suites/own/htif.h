// The smallest environment for a program that ends through HTIF: the host watches the word `tohost`;
// writing (code << 1) | 1 there exits with `code`.
//
// A program is: htif_begin, code with `expect`, htif_end. Registers gp, t5 and t6 belong to this file.

#if __riscv_xlen == 64
#define STORE_X sd
#else
#define STORE_X sw
#endif
// XLEN with only its top bit set.
#define TOP_BIT_X (1 << (__riscv_xlen - 1))

.macro host_word name
    .balign 64
    .globl \name
    .type \name, @object
    .size \name, 8
\name:
    .dword 0
.endm

.macro htif_begin
    .section .tohost, "aw", @progbits
    host_word tohost
    host_word fromhost

    .text
    .globl _start
_start:
    la t5, htif_fail  // a trap that no case asked for
    csrw mtvec, t5
    li gp, 1
.endm

// Fails with the exit code `case` (1 or more) unless `reg` holds `value`. A trap between two cases
// fails with the number of the first.
.macro expect case, reg, value
    li gp, \case
    li t6, \value
    bne \reg, t6, htif_fail
.endm

.macro htif_end
    li gp, 0
    .balign 4
htif_fail:
    slli gp, gp, 1
    ori gp, gp, 1
    la t5, tohost
1:
    STORE_X gp, 0(t5)
#if __riscv_xlen == 32
    sw zero, 4(t5)
#endif
    j 1b
.endm
