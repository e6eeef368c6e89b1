// The boot sector: loads the rest of the boot code behind itself and goes there.
// The BIOS enters at 0:7c00 or 7c0:0 in real mode with the drive's number in dl.
#include "image_header.h"

#define STACK_TOP BOOT_ADDRESS
#define COM1 0x3f8
#define DEBUG_EXIT 0xf4

    .section .stage1, "ax"
    .code16
    .global _start
_start:
    ljmp $0, $canonical
canonical:
    cli
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $STACK_TOP, %sp
    sti
    cld
    movb %dl, boot_drive

    // INT 13h extensions (Enhanced Disk Drive specification): bit 0 of cx means packet reads.
    movb $0x41, %ah
    movw $0x55aa, %bx
    int $0x13
    jc read_by_geometry
    cmpw $0xaa55, %bx
    jne read_by_geometry
    testb $1, %cl
    jz read_by_geometry
    movb $0x42, %ah
    movb boot_drive, %dl
    movw $packet, %si
    int $0x13
    jnc loaded
    jmp read_failed

read_by_geometry:
    movw $(0x0200 + BOOT_SECTORS - 1), %ax
    movw $2, %cx
    xorb %dh, %dh
    movb boot_drive, %dl
    movw $(BOOT_ADDRESS + SECTOR_SIZE), %bx
    int $0x13
    jc read_failed
loaded:
    cmpl $BOOT_MAGIC, boot_magic
    je stage2
    movw $damaged_text, %si
    jmp fail
read_failed:
    movw $read_text, %si

// Shows the text at si on the screen and on the first serial port, and ends QEMU with status 3.
fail:
    movw %si, %di
1:  lodsb
    testb %al, %al
    jz 2f
    movb $0x0e, %ah
    movw $7, %bx
    int $0x10
    jmp 1b
2:  movw $(COM1 + 3), %dx // 115200 baud, 8 bits, no parity
    movb $0x80, %al
    outb %al, %dx
    movw $COM1, %dx
    movb $1, %al
    outb %al, %dx
    incw %dx
    xorb %al, %al
    outb %al, %dx
    incw %dx
    incw %dx
    movb $3, %al
    outb %al, %dx
    movw %di, %si
3:  xorw %cx, %cx
4:  movw $(COM1 + 5), %dx
    inb %dx, %al
    testb $0x20, %al
    loopz 4b
    lodsb
    testb %al, %al
    jz 5f
    movw $COM1, %dx
    outb %al, %dx
    jmp 3b
5:  movb $1, %al
    outb %al, $DEBUG_EXIT
    cli
6:  hlt
    jmp 6b

    .balign 4
packet: // disk address packet: size, count, buffer, sector
    .byte 16, 0
    .word BOOT_SECTORS - 1
    .word BOOT_ADDRESS + SECTOR_SIZE, 0
    .quad 1
read_text:
    .asciz "\r\nBareFlow: cannot boot: the boot code cannot be read from the disk\r\n"
damaged_text:
    .asciz "\r\nBareFlow: cannot boot: the boot code on the disk is damaged\r\n"
    .global boot_drive
boot_drive:
    .byte 0

    .section .boot_signature, "a"
    .word 0xaa55
    .section .boot_magic, "a"
boot_magic:
    .long BOOT_MAGIC

    .section .note.GNU-stack, "", %progbits
