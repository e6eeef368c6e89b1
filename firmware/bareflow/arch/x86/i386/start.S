// From the disk's boot code (boot/handover.h) to C.

#define HANDOVER_MAGIC 0x4f464c42
#define CR0_MONITOR_FPU 0x02
#define CR0_EMULATE_FPU 0x04
#define CR0_NUMERIC_ERROR 0x20
#define CR4_SSE 0x600 // OSFXSR, OSXMMEXCPT
#define SSE_STATE 0x1f80 // as at reset: rounding to nearest, no exceptions

    .section .program_header, "a" // read by tools/pack_disk_image
    .ascii "BAREPROG"
    .long image_start, image_end, flat_start, _start

    .section .text.start, "ax"
    .global _start
    .type _start, @function
_start:
    cli
    cld
    cmpl $HANDOVER_MAGIC, %eax
    jne 1f
    movl $stack_top, %esp
    movl %cr4, %eax
    orl $CR4_SSE, %eax
    movl %eax, %cr4
    movl %cr0, %eax
    andl $~CR0_EMULATE_FPU, %eax
    orl $(CR0_NUMERIC_ERROR | CR0_MONITOR_FPU), %eax
    movl %eax, %cr0
    fninit
    ldmxcsr sse_state
    xorl %ebp, %ebp
    subl $12, %esp // the stack is aligned to 16 at a call
    pushl %ebx
    call x86_start
1:  hlt
    jmp 1b
    .size _start, . - _start

    .section .rodata
    .balign 4
sse_state:
    .long SSE_STATE

    .section .note.GNU-stack, "", %progbits
