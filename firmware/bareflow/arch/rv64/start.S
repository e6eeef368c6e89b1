// The first instructions: a0 is the hart's number, a1 the device tree's address, both from the reset
// vector and from OpenSBI.
#include "csr.h"

    .section .text.start, "ax", %progbits
    .globl _start
    .type _start, %function
_start:
    csrw    CSR_IE, zero
#if BAREFLOW_MODE == MACHINE_MODE
    // All harts come here, and there is always a hart 0. OpenSBI sends one hart only.
    csrr    a0, mhartid
    bnez    a0, park
#endif
    li      t0, STATUS_FS_INITIAL
    csrs    CSR_STATUS, t0
    fscsr   zero

    la      t0, bss_start
    la      t1, bss_end
    j       2f
1:  sd      zero, 0(t0)
    addi    t0, t0, 8
2:  bltu    t0, t1, 1b

    la      t0, trap_frame
    csrw    CSR_SCRATCH, t0
    la      t0, trap_entry
    csrw    CSR_TVEC, t0
    la      sp, stack_top - 16
    li      s0, 0
    call    boot

park:
    wfi
    j       park
    .size _start, . - _start
