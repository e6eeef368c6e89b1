// The end of a program that went wrong.
#include "csr.h"
#include "platform.h"
#include "runtime.h"
#include "trap.h"

// Privileged Architecture, "Machine Cause": the exception codes.
static const char* const kExceptions[] = {
    "instruction address misaligned",
    "instruction access fault",
    "illegal instruction",
    "breakpoint",
    "load address misaligned",
    "load access fault",
    "store address misaligned",
    "store access fault",
    "environment call from U-mode",
    "environment call from S-mode",
    "reserved exception 10",
    "environment call from M-mode",
    "instruction page fault",
    "load page fault",
    "reserved exception 14",
    "store page fault",
};

// Those whose value is the address: of accesses that are refused or misaligned.
enum { kAccesses = 0xb0f3, kNullSize = 4096 };

static const char kRegisters[32][5] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                       "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                       "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                       "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

static void print_registers(const struct TrapFrame* frame) {
    printf("  pc   %016lx", frame->pc);
    for (int i = 1; i < 32; ++i)
        printf("%s%-4s %016lx", i % 4 == 0 ? "\n  " : "  ", kRegisters[i], frame->x[i]);
    puts("");
}

static const char* reason_of(uint64_t value) {
    if (stack_guard_holds(value)) return ": stack overflow";
    return value < kNullSize ? ": null pointer" : "";
}

static void print_fault(const struct TrapFrame* frame, uint64_t cause, uint64_t value) {
    const bool exception = cause < sizeof kExceptions / sizeof *kExceptions;
    printf("\nFault: %s%s\n", exception ? kExceptions[cause] : "unexpected trap",
           frame == &nested_trap_frame ? " in a handler" : "");
    if (cause < 32 && (1 << cause & kAccesses) != 0)
        printf("access to %#lx%s\n", value, reason_of(value));
    else
        printf("cause %#lx, value %#lx\n", cause, value);
    print_registers(frame);
    backtrace_print((struct Frame){frame->pc, frame->x[kRegisterS0]});
}

void fault_report(const struct TrapFrame* frame, uint64_t cause, uint64_t value) {
    static int depth;
    switch (depth++) {
        case 0:
            print_fault(frame, cause, value);
            break;
        case 1:  // in what the first report called
            serial_puts("\nAnother fault while reporting\n");
            break;
        default:  // in platform_exit()
            for (;;) __asm__ volatile("wfi");
    }
    platform_exit(1);
}
