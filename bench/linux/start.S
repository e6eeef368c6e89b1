// Start of the program for Linux: nothing of the C library is there.
    .text
    .globl _start
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    call main
1:  j 1b                // main does not return

// long system_call(long number, long a, long b, long c)
    .globl system_call
system_call:
    mv a7, a0
    mv a0, a1
    mv a1, a2
    mv a2, a3
    ecall
    ret
