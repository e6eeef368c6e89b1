/* BareFlow: the runtime library that gives a program the processor.
 *
 * A program defines `int main(void)`; what it returns is the machine's exit code. There is no
 * kernel beneath it: every function here runs in the program's own address space, at its own
 * privilege. Interrupt handlers run with interrupts off, on the program's stack or on one of their
 * own of 16 KiB; they may use floating point. Only the functions marked so may be called there. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- What the machine was booted with ------------------------------------------------------- */

/* The command line, never null. Source: /chosen/bootargs, Multiboot2 tag 1, or the disk's header.
 */
const char* runtime_command_line(void);

/* Copies the value of the first "NAME=VALUE" word of the command line into `value` (at most size -
 * 1 characters and a terminator). A value may be in double quotes and then hold spaces. False, and
 * `value` untouched, when there is no such word; a value that does not fit is cut. */
bool runtime_option(const char* name, char* value, size_t size);

/* A file of the initial RAM disk, an uncompressed cpio archive in the "newc" format (`cpio -H
 * newc`). Null if there is no archive, no such file, or the archive is damaged before it. The bytes
 * stay valid for ever and start at a multiple of 4. */
const void* runtime_file(const char* name, size_t* size);

/* Bytes of usable RAM, the program itself left out. */
size_t runtime_ram_size(void);

/* Ends the machine with `code`, 0 to 127 (127 stands for all others); it runs what atexit()
 * registered. */
__attribute__((noreturn)) void shutdown(int code);

/* Prints the message with a backtrace, and ends the machine with code 1. Callable from a handler.
 */
__attribute__((noreturn, format(__printf__, 1, 2))) void panic(const char* format, ...);

/* Called in reverse order by shutdown(). At most 32, the destructors of C++'s static objects
 * included. 0, or -1 when there is no room. */
int atexit(void (*function)(void));

/* --- Console -------------------------------------------------------------------------------- */

/* The text screen of a PC, 80 columns by 25 lines. Where there is none, the serial console. */
void vga_init(void);
void vga_puts(const char* text);

/* The first 16550 UART: 115200 baud, 8N1. A line feed is sent as carriage return, line feed.
 * Callable from a handler. */
void serial_init(void);
void serial_puts(const char* text);

/* One character from the keyboard or the serial line, whichever comes first; waits with the
 * processor stopped. Carriage return is given as line feed. */
int keyboard_getchar(void);

/* The same without waiting: -1 when there is nothing. */
int keyboard_poll(void);

/* Reads one line with echo, backspace and Ctrl-U; without the line feed and always terminated.
 * The length, or -1 when Ctrl-D was typed on an empty line. */
int console_read_line(char* line, size_t size);

/* Writes to every console. */
int putchar(int character);
int puts(const char* text);

/* Of C's conversions: d i u x X o c s p f e g %, with flags, width, precision and the lengths
 * hh h l ll z t j. Floating point is exact: the digits are those of the number's whole decimal
 * expansion, rounded half to even at any precision. */
int printf(const char* format, ...) __attribute__((format(__printf__, 1, 2)));
int vprintf(const char* format, va_list arguments);
int snprintf(char* text, size_t size, const char* format, ...)
    __attribute__((format(__printf__, 3, 4)));
int vsnprintf(char* text, size_t size, const char* format, va_list arguments);

/* --- Memory --------------------------------------------------------------------------------- */

/* The heap is all of RAM that the program, its archive and its device tree leave. Blocks are
 * aligned to 16 bytes. Null when there is no room; a block freed twice or not of the heap is a
 * panic(). */
void* malloc(size_t size);
void* calloc(size_t count, size_t size);
void* realloc(void* block, size_t size);
void* aligned_alloc(size_t alignment, size_t size);
void free(void* block);

/* Bytes in use, what blocks cost beyond their size included, and the most that ever were. */
size_t runtime_heap_used(void);
size_t runtime_heap_peak(void);

/* Looks at every block: a panic() when something is wrong with one. */
void runtime_heap_check(void);

void* memcpy(void* to, const void* from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* to, int byte, size_t size);
int memcmp(const void* a, const void* b, size_t size);
void* memchr(const void* from, int byte, size_t size);

size_t strlen(const char* text);
int strcmp(const char* a, const char* b);
int strncmp(const char* a, const char* b, size_t size);
char* strchr(const char* text, int character);
char* strstr(const char* text, const char* part);
char* strcpy(char* to, const char* from);
char* strncpy(char* to, const char* from, size_t size);
long strtol(const char* text, char** end, int base);
unsigned long strtoul(const char* text, char** end, int base);
unsigned long long strtoull(const char* text, char** end, int base);
/* The nearest double, the even one of two, however many digits there are. Decimal only. */
double strtod(const char* text, char** end);
/* Not stable; at most about 1.5 n log2 n comparisons. */
void qsort(void* items, size_t count, size_t size, int (*compare)(const void*, const void*));

/* --- Processor and time --------------------------------------------------------------------- */

/* Cycles since some start: the time-stamp counter, or RISC-V's cycle CSR. */
uint64_t cpu_rdtsc(void);

/* CPUID, sub-leaf 0. On RISC-V: leaf 0 gives misa's extension bits in eax, mvendorid in ebx and
 * misa's XLEN code in edx; leaf 1 gives marchid in eax (low half) and ebx, mimpid in ecx (low half)
 * and edx; zeros elsewhere. In S-mode the SBI's base extension answers, and misa is zero. */
void cpu_cpuid(uint32_t leaf, uint32_t* eax, uint32_t* ebx, uint32_t* ecx, uint32_t* edx);

/* Microseconds since boot by the machine's clock. */
uint64_t timer_microseconds(void);

/* Stops the processor until that many microseconds have passed. */
void timer_sleep(uint64_t microseconds);

/* Calls `handler` from the timer interrupt, `frequency` times a second (1 to 1000); 0 stops. */
void timer_start(unsigned frequency, void (*handler)(void));

/* Calls `handler` when the platform's interrupt `number` is raised: a PLIC source (1 to 127), or an
 * IRQ of the PC's PICs (0 to 15). False when the number is out of range. */
bool interrupt_register(unsigned number, void (*handler)(unsigned number));

/* Interrupts are enabled when main() starts. Returns whether they were enabled before. */
bool interrupts_set(bool enabled);

#ifdef __cplusplus
}
#endif
