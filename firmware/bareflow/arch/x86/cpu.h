// The processor's registers that C has no name for.
#pragma once

#include <stdint.h>

static inline uintptr_t cpu_fault_address(void) {
    uintptr_t value;
    __asm__ volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

static inline void cpu_halt(void) { __asm__ volatile("hlt" : : : "memory"); }
static inline void cpu_pause(void) { __asm__ volatile("pause"); }
