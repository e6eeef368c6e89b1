// Runtime of the guest programs in this folder: checks, and code run in a mode of one's choice
// until it traps.
//
// A program defines `void test(void)`, which runs in M-mode on hart 0. It passes by returning. The
// first check that fails prints "FAIL <check> <file>:<line> row <r> got <g> want <w>" on the UART
// and ends the machine with the check's number (its place in the file, at most 254) as exit code;
// 255 is a trap of the harness itself.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "asm.h"
#include "csr.h"

typedef uintptr_t reg_t;
typedef intptr_t sreg_t;

#define XLEN __riscv_xlen

enum { kMaxHarts = 8, kStackSize = 1 << STACK_SHIFT };
// Rounds after which an engine that compiles hot code has compiled a loop, with some to spare.
enum { kHotRounds = 3000 };
enum mode { kUser = 0, kSupervisor = 1, kMachine = 3 };
enum reg { kRa = 1, kSp = 2, kT0 = 5, kA0 = 10, kA1, kA2, kA3, kA4, kA5, kA6, kA7, kT6 = 31 };

enum cause {
    kFetchMisaligned = 0,
    kFetchAccess = 1,
    kIllegal = 2,
    kBreakpoint = 3,
    kLoadMisaligned = 4,
    kLoadAccess = 5,
    kStoreMisaligned = 6,
    kStoreAccess = 7,
    kEcallU = 8,
    kEcallS = 9,
    kEcallM = 11,
    kFetchPage = 12,
    kLoadPage = 13,
    kStorePage = 15,
};
enum interrupt { kSsi = 1, kMsi = 3, kSti = 5, kMti = 7, kSei = 9, kMei = 11 };
#define INTERRUPT(n) (((reg_t)1 << (XLEN - 1)) | (n))

// The machine's address map (QEMU's `virt`).
#define FINISHER 0x100000u
#define CLINT 0x2000000u
#define PLIC 0xc000000u
#define UART 0x10000000u
#define VIRTIO 0x10001000u
#define RAM_BASE 0x80000000u
// Nothing is there on either machine (0x40000000 and up is QEMU's PCI window).
#define UNMAPPED 0x2e000000u

// Registers of the code under test: what it starts with, and after enter() what it left, together
// with the trap that ended it.
struct context {
    reg_t x[32];  // x[0] is not used
    reg_t pc;
    reg_t mode;
    reg_t interrupts;  // 1: enter M-mode code with mstatus.MIE set
    reg_t cause;
    reg_t tval;
    reg_t status;  // mstatus in the trap handler
    reg_t host_sp;
};
_Static_assert(offsetof(struct context, host_sp) == CONTEXT_HOST_SP, "asm.h");

// Runs `c` from c->pc in c->mode up to its next trap into M-mode.
void enter(struct context* c);
extern char trap_entry[];

// Code under test: `code` between the symbols `name` and `name_end`, where an ecall ends it. It is
// not compressed unless it says so.
#define FRAGMENT(name, ...)                                                           \
    extern char name[], name##_end[];                                                 \
    asm(".pushsection .fragments, \"ax\"\n.balign 4\n.option push\n.option norvc\n"   \
        ".globl " #name "\n" #name ":\n" __VA_ARGS__ "\n.globl " #name "_end\n" #name \
        "_end: ecall\n.option pop\n.popsection")
extern char fragments_begin[], fragments_end[];

// Runs a fragment in `mode` with a0..a3 set and interrupts off.
struct context run(enum mode mode, const void* fragment, reg_t a0, reg_t a1, reg_t a2, reg_t a3);
// Runs one instruction (16 or 32 bits) and an ecall after it. The registers are those of `c`, which
// takes the outcome; c->pc is `word_slot` for a trap on the instruction.
void run_word(struct context* c, enum mode mode, uint32_t insn);
extern char word_slot[];
// A whole C function, with a stack; it is done when it returns. Gives the function's result.
reg_t call_in(enum mode mode, reg_t (*function)(reg_t), reg_t argument);

static inline reg_t ecall_of(enum mode mode) { return kEcallU + mode; }

// Shown by a check that fails: which row of a table was under test.
extern unsigned row;

void check_eq(unsigned check, const char* file, unsigned line, uint64_t got, uint64_t want);
void check_trap(unsigned check, const char* file, unsigned line, const struct context* c,
                reg_t cause, const void* pc, reg_t tval);
// An illegal instruction; xtval holds it or, as the specification also permits, zero.
void check_illegal(unsigned check, const char* file, unsigned line, const struct context* c,
                   const void* pc);
#define HERE __COUNTER__ + 1, __FILE_NAME__, __LINE__
#define CHECK_EQ(got, want) check_eq(HERE, (uint64_t)(got), (uint64_t)(want))
#define CHECK(condition) check_eq(HERE, !!(condition), 1)
// The context was ended by this trap.
#define CHECK_TRAP(c, cause, pc, tval) check_trap(HERE, &(c), cause, pc, tval)
#define CHECK_ILLEGAL(c, pc) check_illegal(HERE, &(c), pc)
// The context ran to the fragment's end.
#define CHECK_DONE(c, fragment) check_trap(HERE, &(c), ecall_of((c).mode), fragment##_end, 0)

// Ends the machine: 0 passes, anything else is the exit code.
_Noreturn void finish(unsigned code);
_Noreturn void halt(void);

void print(const char* text);
void print_hex(uint64_t value);

static inline uint8_t read8(reg_t a) { return *(volatile uint8_t*)a; }
static inline uint32_t read32(reg_t a) { return *(volatile uint32_t*)a; }
static inline void write8(reg_t a, uint8_t v) { *(volatile uint8_t*)a = v; }
static inline void write32(reg_t a, uint32_t v) { *(volatile uint32_t*)a = v; }
static inline void fence_i(void) { asm volatile("fence.i" ::: "memory"); }

// The CLINT's clock (10 MHz) and a hart's compare register; at the start hart 0's never fires.
uint64_t mtime(void);
void set_mtimecmp(unsigned hart, uint64_t value);

// Lets the other harts into `void secondary(reg_t hart)`, which a program with several harts has.
void release_harts(void);
