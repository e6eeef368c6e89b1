// The program's heap, as start.c sets it up.
#pragma once

#include "heap.h"

// Adds RAM from `start` up to `end`; see heap_add_range(). malloc() works from the first range on.
bool runtime_heap_add(uintptr_t start, uintptr_t end);

// When all ranges are known; before constructors run.
void runtime_heap_open(void);
