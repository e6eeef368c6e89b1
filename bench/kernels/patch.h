// A hot loop with an immediate that the program rewrites. The guest's is machine code that is
// overwritten; the host's, which is the oracle alone, has the immediate in a variable.
#pragma once

#include "kernel.h"

enum { kImmediates = 1 << 11 };  // the positive ones of addi

#ifdef __riscv

uint64_t patched_loop(uint64_t value, uint64_t iterations);
extern volatile uint32_t patched_instruction;

// 64 bytes of its own, so that no other code shares its granule.
asm(".text\n"
    ".balign 64\n"
    ".option push\n"
    ".option norvc\n"
    "patched_loop:\n"
    "patched_instruction: addi a0, a0, 0\n"
    "slli a2, a0, 9\n"
    "xor a0, a0, a2\n"
    "srli a2, a0, 5\n"
    "add a0, a0, a2\n"
    "addi a1, a1, -1\n"
    "bnez a1, patched_loop\n"
    "ret\n"
    ".option pop\n"
    ".balign 64\n");

static inline void patch(uint32_t immediate) {
    enum { kAddiA0A0 = 0x00050513, kImmediateShift = 20 };
    patched_instruction = immediate << kImmediateShift | kAddiA0A0;
    asm volatile("fence.i" ::: "memory");
}

#else

static uint32_t patched_immediate;

static inline uint64_t patched_loop(uint64_t value, uint64_t iterations) {
    for (; iterations > 0; iterations--) {
        value += patched_immediate;
        value ^= value << 9;
        value += value >> 5;
    }
    return value;
}

static inline void patch(uint32_t immediate) { patched_immediate = immediate; }

#endif

// Patches the loop and runs it, `patches` times.
static inline uint64_t patch_and_run(uint64_t patches, uint64_t iterations) {
    uint64_t value = 1;
    for (uint64_t i = 0; i < patches; i++) {
        patch((uint32_t)(i * 7 % kImmediates));
        value = patched_loop(value, iterations);
    }
    return value;
}
