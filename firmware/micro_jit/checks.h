// Each check prints lines "NAME = VALUE", the same on every machine.
#pragma once

#include "encoder.h"

// Prints such a line, and counts it if the value is not the expected one.
void report(const char* name, intptr_t value, intptr_t expected);
unsigned report_failures(void);

// Memory for code from jit_alloc_code(); a panic() when there is none.
struct Code allocate_code(size_t size);

// Makes what was written at `start` callable. The program's start may be a place in the middle.
Function finish(uint8_t* start, const struct Code* code);

// Frequent functions, freeing, and code in place of other code.
void check_functions(void);
void check_reuse(void);

// Immediates that change while the code runs.
void check_patching(void);
void check_page_ends(void);
void check_data_beside_code(void);
