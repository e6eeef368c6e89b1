// The functions that are generated. Each starts where `code` stands.
#pragma once

#include "encoder.h"

// Returns `value`, which is loaded by the instruction that *load is set to.
void build_constant(struct Code* code, int value, uint8_t** load);

// The sum of 1 to the argument, which is at least 1.
void build_sum(struct Code* code);

// Fibonacci numbers, with a loop, and with a subroutine that calls itself; the latter's entry is
// returned.
void build_fibonacci_loop(struct Code* code);
uint8_t* build_fibonacci_recursive(struct Code* code);

// Adds 1 to the number at `data` and returns it.
void build_counter(struct Code* code, const intptr_t* data);

// The functions that patch themselves go through an array of these, up to one with a negative
// value.
struct Step {
    intptr_t value;  // 0 to 2047
    intptr_t seen;   // what the patched instruction loaded
};

// The next instruction but the synchronisation, where there is one, loads the value just patched
// in. `load` is the instruction's address; returns where it is, so that a first run can find it
// out.
uint8_t* build_patch_ahead(struct Code* code, const uint8_t* load);

// The instruction is at the loop's head: it loads what the step before has patched in.
uint8_t* build_patch_behind(struct Code* code);
