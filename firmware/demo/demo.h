// The parts of the demo. Lines "NAME = VALUE" say what is the same on every machine; lines that
// start with "# " what was measured.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Functions to be profiled.
uint64_t fibonacci(uint64_t n);
uint64_t sum_to_n(uint64_t n);
uint64_t count_primes(uint64_t below);

// 10,000 calls of a function with the profiler around it, and without.
void overhead_benchmark(void);

// Random allocations, then as much memory as there is up to 256 MiB, every byte checked.
void allocator_torture(void);

// What C++ needs of the runtime. The last of its static objects that goes prints "demo: ok".
void cxx_part(void);

#ifdef __cplusplus
}
#endif
