#include "vector_entries.inc"

#define FPU_STATE_SIZE 512
#define FRAME_ESP (3 * 4)
#define FRAME_PC (10 * 4)
#define FRAME_SIZE (13 * 4)

    .type trap_entry, @function
trap_entry:
    pushal
    cld
    movl %esp, %ebx
    leal FRAME_SIZE(%esp), %eax
    movl %eax, FRAME_ESP(%ebx)
    // A frame for the interrupted function, so that backtraces go through it.
    pushl FRAME_PC(%ebx)
    pushl %ebp
    movl %esp, %ebp
    subl $FPU_STATE_SIZE + 16, %esp
    andl $-16, %esp
    fxsave 16(%esp)
    movl %ebx, (%esp)
    call trap_handle
    fxrstor 16(%esp)
    movl %ebx, %esp
    popal
    addl $8, %esp
    iretl
    .size trap_entry, . - trap_entry

    // The task of the double fault starts here, on its own stack. The switch has set CR0.TS.
    .global double_fault_entry
    .type double_fault_entry, @function
double_fault_entry:
    clts
    cld
    xorl %ebp, %ebp
    andl $-16, %esp
    call double_fault_report
    .size double_fault_entry, . - double_fault_entry

    .section .note.GNU-stack, "", %progbits
