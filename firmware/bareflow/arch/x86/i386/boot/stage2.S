// From real mode to the loader in C, and back for each call of the BIOS.
#include "image_header.h"

#define CODE32 0x08
#define DATA32 0x10
#define CODE16 0x18
#define DATA16 0x20

    .section .stage2, "ax"
    .code16
    .global stage2
stage2:
    cli
    lgdt gdt_pointer
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    ljmpl $CODE32, $start32

    .code32
start32:
    movl $BOOT_ADDRESS, %esp
    call load_flat_segments
    movl $bss_start, %edi
    movl $bss_end, %ecx
    subl %edi, %ecx
    xorl %eax, %eax
    rep stosb
    movzbl boot_drive, %eax
    pushl %eax
    call loader_main

load_flat_segments:
    movw $DATA32, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    movw %ax, %ss
    ret

// void bios_call(uint8_t interrupt, struct BiosRegisters* registers);
// The order of registers is that of the structure: eax ebx ecx edx esi edi es flags.
    .global bios_call
bios_call:
    pushal
    movl 36(%esp), %eax
    movb %al, interrupt_number
    movl 40(%esp), %esi
    movl %esi, registers
    movl %esp, protected_stack
    ljmp $CODE16, $leave_protected

    .code16
leave_protected:
    movw $DATA16, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    movw %ax, %ss
    movl %cr0, %eax
    andb $0xfe, %al
    movl %eax, %cr0
    ljmp $0, $real
real:
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    movw %ax, %ss
    movl protected_stack, %esp
    movw registers, %si
    movl 0(%si), %eax
    movl 4(%si), %ebx
    movl 8(%si), %ecx
    movl 12(%si), %edx
    movl 20(%si), %edi
    movw 24(%si), %es
    movl 16(%si), %esi
    sti
    .byte 0xcd // int
interrupt_number:
    .byte 0
    cli
    cld
    pushfl
    pushl %esi
    pushw %ds
    xorw %si, %si
    movw %si, %ds
    movw registers, %si
    movl %eax, 0(%si)
    movl %ebx, 4(%si)
    movl %ecx, 8(%si)
    movl %edx, 12(%si)
    movl %edi, 20(%si)
    movw %es, 24(%si)
    popw %ax
    popl 16(%si)
    popl 28(%si)
    lgdt gdt_pointer // the BIOS may have loaded its own
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    ljmpl $CODE32, $back

    .code32
back:
    call load_flat_segments
    movl protected_stack, %esp
    popal
    ret

// _Noreturn void enter_program(uint32_t entry, uint32_t magic, const struct Handover* handover);
    .global enter_program
enter_program:
    movl 4(%esp), %ecx
    movl 8(%esp), %eax
    movl 12(%esp), %ebx
    jmp *%ecx

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9a000000ffff // code, 32 bits, 4 GiB
    .quad 0x00cf92000000ffff // data, 4 GiB
    .quad 0x00009a000000ffff // code, 16 bits, 64 KiB
    .quad 0x000092000000ffff // data, 64 KiB
gdt_pointer:
    .word . - gdt - 1
    .long gdt

    .local registers, protected_stack
    .comm registers, 4, 4
    .comm protected_stack, 4, 4

    .section .note.GNU-stack, "", %progbits
