// From a Multiboot2 loader to C in long mode. Multiboot2 specification, sections 3.1 (header) and 3.3
// (the machine's state: 32-bit protected mode without paging, eax = magic, ebx = information).

#define HEADER_MAGIC 0xe85250d6
#define LOADER_MAGIC 0x36d76289
#define LONG_MODE (1 << 29)
#define ID_FLAG (1 << 21)
#define CR0_PROTECTED 0x01
#define CR0_MONITOR_FPU 0x02
#define CR0_EMULATE_FPU 0x04
#define CR0_NUMERIC_ERROR 0x20
#define CR0_PAGING 0x80000000
#define CR4_PAE 0x20
#define CR4_SSE 0x600 // OSFXSR, OSXMMEXCPT
#define EFER 0xc0000080
#define EFER_LONG_MODE 0x100
#define SSE_STATE 0x1f80 // as at reset: rounding to nearest, no exceptions
#define PRESENT 3 // and writable
#define LARGE 0x80
#define SCREEN 0xb8000
#define COM1 0x3f8
#define DEBUG_EXIT 0xf4
#define CODE64 0x08
#define DATA 0x10

    .section .multiboot2, "a"
    .balign 8
header:
    .long HEADER_MAGIC, 0, header_end - header, -(HEADER_MAGIC + header_end - header)
    .balign 8
    .short 1, 0 // information request: command line, modules, memory map
    .long 20, 1, 3, 6
    .balign 8
    .short 6, 0 // modules start at a page
    .long 8
    .balign 8
    .short 0, 0 // end
    .long 8
header_end:

    .section .text.start, "ax"
    .code32
    .global _start
    .type _start, @function
_start:
    cli
    cld
    movl $stack_top, %esp
    movl $loader_text, %edi
    cmpl $LOADER_MAGIC, %eax
    jne fail
    movl %ebx, %ebp

    movl $processor_text, %edi
    pushfl
    popl %eax
    movl %eax, %ecx
    xorl $ID_FLAG, %eax
    pushl %eax
    popfl
    pushfl
    popl %eax
    xorl %ecx, %eax
    testl $ID_FLAG, %eax
    jz fail
    movl $0x80000000, %eax
    cpuid
    cmpl $0x80000001, %eax
    jb fail
    movl $0x80000001, %eax
    cpuid
    testl $LONG_MODE, %edx
    jz fail

    // Identity mapping of 4 GiB by pages of 2 MiB.
    movl $page_directories, %edi
    movl $(LARGE | PRESENT), %eax
1:  movl %eax, (%edi)
    movl $0, 4(%edi)
    addl $8, %edi
    addl $0x200000, %eax
    jnc 1b
    // The first 2 MiB by pages of 4 KiB, without page 0 and the one below the stack.
    movl $first_page_table, %edi
    movl $PRESENT, %eax
2:  movl %eax, (%edi)
    addl $8, %edi
    addl $0x1000, %eax
    cmpl $0x200000, %eax
    jb 2b
    movl $0, first_page_table
    movl $image_start, %eax
    shrl $9, %eax
    movl $0, first_page_table(%eax)
    movl $(first_page_table + PRESENT), page_directories
    movl $(page_directories + PRESENT), %eax
    movl $page_directory_pointers, %edi
    movl $4, %ecx
3:  movl %eax, (%edi)
    addl $0x1000, %eax
    addl $8, %edi
    loop 3b
    movl $(page_directory_pointers + PRESENT), page_map

    movl $page_map, %eax
    movl %eax, %cr3
    movl %cr4, %eax
    orl $(CR4_PAE | CR4_SSE), %eax
    movl %eax, %cr4
    movl $EFER, %ecx
    rdmsr
    orl $EFER_LONG_MODE, %eax
    wrmsr
    movl %cr0, %eax
    andl $~CR0_EMULATE_FPU, %eax
    orl $(CR0_PAGING | CR0_NUMERIC_ERROR | CR0_MONITOR_FPU | CR0_PROTECTED), %eax
    movl %eax, %cr0
    lgdt boot_gdt_pointer
    ljmp $CODE64, $start64
    .size _start, . - _start

// Shows the text at edi on the screen and on the first serial port, both as the loader left them, and
// ends QEMU with status 3.
    .type fail, @function
fail:
    movl $SCREEN, %ebx
1:  movw $(COM1 + 5), %dx
2:  inb %dx, %al
    testb $0x20, %al
    jz 2b
    movb (%edi), %al
    testb %al, %al
    jz 3f
    cmpb $' ', %al
    jb 5f
    movb %al, (%ebx)
    addl $2, %ebx
5:  movw $COM1, %dx
    outb %al, %dx
    incl %edi
    jmp 1b
3:  movb $1, %al
    outb %al, $DEBUG_EXIT
4:  hlt
    jmp 4b
    .size fail, . - fail

    .code64
    .type start64, @function
start64:
    movl $DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    movl %eax, %ss
    movl $stack_top, %esp
    fninit
    ldmxcsr sse_state
    movl %ebp, %edi
    xorl %ebp, %ebp
    call x86_start
    .size start64, . - start64

    .section .rodata
loader_text:
    .asciz "\r\nBareFlow: cannot boot: the loader does not follow Multiboot2\r\n"
processor_text:
    .asciz "\r\nBareFlow: cannot boot: the processor has no 64-bit mode\r\n"
    .balign 4
sse_state:
    .long SSE_STATE
    .balign 8
boot_gdt_pointer:
    .word 3 * 8 - 1
    .long descriptor_table

    .bss
    .balign 4096
    .global page_directory_pointers
page_map:
    .skip 4096
page_directory_pointers:
    .skip 4096
page_directories:
    .skip 4 * 4096
first_page_table:
    .skip 4096

    .section .note.GNU-stack, "", %progbits
