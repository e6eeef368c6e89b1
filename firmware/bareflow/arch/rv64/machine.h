// The machine as its device tree describes it.
#pragma once

#include <stdint.h>

// Addresses are 0 for what the machine lacks. Until machine_read() they are those of QEMU's `virt`,
// so that a program whose tree cannot be read can say so.
struct Machine {
    uintptr_t uart;
    uint32_t uart_clock;   // Hz
    uint32_t uart_source;  // of the PLIC, 0: none
    uintptr_t finisher;
    uintptr_t clock;          // CLINT: mtime
    uintptr_t clock_compare;  // CLINT: this hart's mtimecmp
    uint32_t timebase;        // Hz of the clock
    uintptr_t plic;
    uint32_t plic_context;  // this hart's, of the mode that the program runs in
    uintptr_t jitctl;
};

extern struct Machine machine;

// Fills `machine` and boot_info from the tree, for the hart of that number. Null, or what is wrong.
const char* machine_read(const void* tree, uint64_t hart);
