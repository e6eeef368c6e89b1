// The processor's own counters.
#pragma once

#include <stdint.h>

// cpu.c: finds out whether this mode may read the cycle counter; cpu_rdtsc() reads the clock where
// not.
void cpu_init(void);

// timer.c: the clock starts at 0 here for timer_microseconds().
void timer_init(void);

// The machine's clock, in units of its timebase.
uint64_t timer_ticks(void);
