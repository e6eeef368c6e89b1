// The scratch register holds the address of trap_frame while the program runs, and zero while a trap is
// handled: that is how a trap within a trap is known. The layout is struct TrapFrame's.
#include "csr.h"

#define FRAME_PC (32 * 8)
#define FRAME_FCSR (33 * 8)
#define FRAME_F (34 * 8)
#define FRAME_SIZE (66 * 8)

    .macro each_saved_x instruction
    .irp n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \instruction x\n, 8 * \n (sp)
    .endr
    .endm

    // Handlers may use floating point; the registers that they keep themselves need no saving.
    .macro each_saved_f instruction
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    \instruction f\n, FRAME_F + 8 * \n (sp)
    .endr
    .endm

    .section .text.trap_entry, "ax", %progbits
    .balign 4
    .globl trap_entry, trap_handled
    .type trap_entry, %function
trap_entry:
    csrrw   sp, CSR_SCRATCH, sp
    bnez    sp, 1f
    la      sp, nested_trap_frame
1:  each_saved_x sd
    csrrw   t0, CSR_SCRATCH, zero
    sd      t0, 2 * 8(sp)
    csrr    t0, CSR_EPC
    sd      t0, FRAME_PC(sp)
    frcsr   t0
    sd      t0, FRAME_FCSR(sp)
    each_saved_f fsd

    mv      a0, sp
    call    trap_handle
trap_handled:

    each_saved_f fld
    ld      t0, FRAME_FCSR(sp)
    fscsr   t0
    ld      t0, FRAME_PC(sp)
    csrw    CSR_EPC, t0
    csrw    CSR_SCRATCH, sp
    each_saved_x ld
    ld      sp, 2 * 8(sp)
#if BAREFLOW_MODE == MACHINE_MODE
    mret
#else
    sret
#endif
    .size trap_entry, . - trap_entry

    // A stack that grows down from a frame at its top.
    .macro trap_stack frame, size
    .balign 16
    .skip   \size - FRAME_SIZE
    .globl  \frame
\frame:
    .skip   FRAME_SIZE
    .endm

    .section .stack.trap, "aw", %nobits
    trap_stack trap_frame, 16384
    .section .bss.emergency_stack, "aw", %nobits
    trap_stack nested_trap_frame, 8192
