/* The self-profiler, and the guest's side of Kiln's jitctl device (docs/jitctl.md).
 *
 * Levels are what the emulator says they are. On QEMU, on metal, or where Kiln offers no compiler,
 * requests answer JIT_UNAVAILABLE and every level is 0. Not for use in interrupt handlers. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { JIT_UNAVAILABLE = -1 };

/* Around the body of a function. `name` is a string that lives for ever; if it is the name of a
 * symbol of the program, that function's code is what jit_optimize_hot_functions() speaks of. At
 * most 64 names; calls may nest 256 deep. A pair nested in a pair of the same name counts as a
 * call, and its cycles count in its own call and in the outer one. */
void jit_profile_begin(const char* name);
void jit_profile_end(const char* name);

/* 0 for a name that was never measured. Cycles are as cpu_rdtsc() counts them, the cost of the pair
 * itself left in. */
uint64_t jit_get_call_count(const char* name);
uint64_t jit_get_avg_cycles(const char* name);
uint64_t jit_get_min_cycles(const char* name);
uint64_t jit_get_max_cycles(const char* name);

/* Calls from which a function counts as warm, hot and very hot (levels 1, 2 and 3). Default 100,
 * 1000, 10000. Values that do not ascend are refused with false. Passed on to the emulator if it is
 * there. */
bool jit_set_threshold(uint64_t warm, uint64_t hot, uint64_t very_hot);

/* Asks the emulator to compile every function that is at least warm. The number of functions it
 * accepted, or JIT_UNAVAILABLE. */
int jit_optimize_hot_functions(void);

/* The level that the emulator reports for the function of that name, 0 to 3; 0 where nobody
 * reports. */
int jit_get_optimization_level(const char* name);

/* Whether a jitctl device is there; whether it can compile is what the call above answers. */
bool jit_control_present(void);

/* Mean cycles of one empty begin/end pair, measured over 1,000 pairs on the first call. */
uint64_t jit_profile_overhead(void);

/* Prints the table: name, calls, average, minimum and maximum cycles, level. Its lines start with
 * "# ". */
void jit_profile_report(void);

/* Forgets all measurements. */
void jit_profile_reset(void);

#ifdef __cplusplus
}
#endif
