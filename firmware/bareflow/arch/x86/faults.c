// The processor's exceptions: Intel SDM volume 3, chapter 6.
#include "cpu.h"
#include "frame.h"
#include "platform.h"
#include "runtime.h"
#include "traps.h"

enum { kPageFault = 14, kDoubleFault = 8, kGuardSize = 4096, kExitFault = 1 };

static const char* const exception_names[kExceptions] = {
    [0] = "divide error",
    [1] = "debug exception",
    [2] = "non-maskable interrupt",
    [3] = "breakpoint",
    [4] = "overflow",
    [5] = "bound range exceeded",
    [6] = "invalid opcode",
    [7] = "no floating-point unit",
    [8] = "double fault",
    [10] = "invalid TSS",
    [11] = "segment not present",
    [12] = "stack segment fault",
    [13] = "general protection",
    [14] = "page fault",
    [16] = "x87 floating-point error",
    [17] = "alignment check",
    [18] = "machine check",
    [19] = "SIMD floating-point error",
    [20] = "virtualisation exception",
    [21] = "control protection",
};

static void print_page_fault(const struct TrapFrame* frame) {
    const uintptr_t address = cpu_fault_address();
    // Without the NX bit the error code does not tell execution from reading.
    const char* access = frame->pc == address ? "execution" : frame->error & 2 ? "write" : "read";
    const char* reason = "";
    if (address < kGuardSize) reason = ": null pointer";
    if (address - (uintptr_t)image_start < kGuardSize) reason = ": stack overflow";
    // A double fault has no error code of its own; the address is that of the fault before.
    if (frame->vector == kDoubleFault) access = "access";
    printf("%s at %#lx%s\n", access, (unsigned long)address, reason);
}

static void print_registers(const struct TrapFrame* frame) {
    const uintptr_t* values = (const uintptr_t*)frame;
    unsigned column = 0;
    for (unsigned i = 0; i < kTrapFrameWords; i++) {
        if (!trap_frame_names[i]) continue;
        printf("%6s %0*lx%s", trap_frame_names[i], (int)sizeof(uintptr_t) * 2,
               (unsigned long)values[i], ++column % 4 ? "" : "\n");
    }
    if (column % 4) printf("\n");
}

_Noreturn void fault_report(const struct TrapFrame* frame) {
    static bool reporting;
    if (reporting) platform_exit(kExitFault);
    reporting = true;

    const char* name = exception_names[frame->vector];
    printf("\nFault: %s (exception %lu), error code %#lx\n", name ? name : "reserved exception",
           (unsigned long)frame->vector, (unsigned long)frame->error);
    if (frame->vector == kPageFault || frame->vector == kDoubleFault) print_page_fault(frame);
    print_registers(frame);
    backtrace_print(frame_of_fault(frame));
    platform_exit(kExitFault);
}
