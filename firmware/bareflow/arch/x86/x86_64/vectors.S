#include "vector_entries.inc"

#define FPU_STATE_SIZE 512
#define FRAME_PC (17 * 8)

    .type trap_entry, @function
trap_entry:
    pushq %rax
    pushq %rbx
    pushq %rcx
    pushq %rdx
    pushq %rbp
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    cld
    movq %rsp, %rbx
    // A frame for the interrupted function, so that backtraces go through it.
    pushq FRAME_PC(%rbx)
    pushq %rbp
    movq %rsp, %rbp
    subq $FPU_STATE_SIZE, %rsp
    andq $-16, %rsp
    fxsave (%rsp)
    movq %rbx, %rdi
    call trap_handle
    fxrstor (%rsp)
    movq %rbx, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rbp
    popq %rdx
    popq %rcx
    popq %rbx
    popq %rax
    addq $16, %rsp
    iretq
    .size trap_entry, . - trap_entry

    .section .note.GNU-stack, "", %progbits
