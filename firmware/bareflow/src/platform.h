/* What the runtime's common part and its architectures ask of each other. Not for programs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { kMaxMemoryRanges = 16, kCommandLineSize = 1024 };

struct MemoryRange {
    uintptr_t start;
    uintptr_t end; /* exclusive */
};

/* Filled by the architecture's start code before runtime_start(). */
struct BootInfo {
    char command_line[kCommandLineSize];
    struct MemoryRange initrd;                   /* start == end: none */
    struct MemoryRange memory[kMaxMemoryRanges]; /* RAM as the machine describes it */
    size_t memory_count;
    struct MemoryRange reserved[kMaxMemoryRanges]; /* firmware, device tree, boot information */
    size_t reserved_count;
};

extern struct BootInfo boot_info;

/* src/start.c: sets up the heap (RAM minus image, initrd and reserved ranges), runs constructors,
 * main() and shutdown(). The architecture has cleared .bss, set up traps, and filled boot_info. */
__attribute__((noreturn)) void runtime_start(void);

/* Provided by each architecture, arch/NAME/. */
void platform_init(void); /* console, clock, interrupt controller; interrupts stay off */
__attribute__((noreturn)) void platform_exit(int code);
void platform_wait(void);        /* stops until an interrupt, and lets its handler run even where
                                    interrupts are off: look, with them off, before waiting */
int platform_console_poll(void); /* a character or -1 */
bool platform_has_screen(void);  /* false: vga_puts() writes to the serial line */
void platform_sync_code(void* code, size_t size);
volatile void* platform_jitctl(void); /* the device's page, or null */

/* src/backtrace.c. A frame is what the architecture's frame pointer points at. */
struct Frame {
    uintptr_t pc;
    uintptr_t frame_pointer;
};
/* Provided by each architecture: the caller's frame, false at the end of the chain. The common part
 * has checked that the frame pointer is aligned and within the stack. */
bool platform_caller(struct Frame* frame);
struct Frame platform_current_frame(void);
void backtrace_print(struct Frame frame);

/* src/symbols.c: the table that is linked into every image, see tools/symbol_table. */
struct Symbol {
    uintptr_t address;
    size_t size;
    const char* name;
};
bool symbol_at(uintptr_t address, struct Symbol* symbol);
bool symbol_named(const char* name, struct Symbol* symbol);

/* Linker script. */
extern char image_start[], image_end[], stack_bottom[], stack_top[];
extern const uint32_t symbols_start[], symbols_end[];
extern void (*const __init_array_start[])(void), (*const __init_array_end[])(void);
