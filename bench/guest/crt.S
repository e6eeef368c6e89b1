// Start of a benchmark: M-mode, floating point on, a stack, then the verdict to the test finisher.
#define STATUS_FS_INITIAL 0x2000
#define FINISHER 0x100000
#define FINISHER_PASS 0x5555
#define FINISHER_FAIL 0x3333
#define EXIT_CODE_SHIFT 16

    .section .text.start
    .globl _start
_start:
    li t0, STATUS_FS_INITIAL
    csrs mstatus, t0
    la sp, stack_end
    call kernel
    ld t0, expected_checksum
    li t1, FINISHER_PASS
    beq a0, t0, finish
    li t1, (1 << EXIT_CODE_SHIFT) | FINISHER_FAIL
finish:
    li t0, FINISHER
    sw t1, 0(t0)
    j finish

    .section .rodata
    .balign 8
expected_checksum:
    .dword EXPECTED

    .bss
    .balign 16
    .space 65536
stack_end:
