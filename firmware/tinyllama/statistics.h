// The lines with figures: each starts with "# ", so that they can be told from the story.
#pragma once

#include <stdint.h>

#include "checkpoint.h"

#ifdef __cplusplus
extern "C" {
#endif

// The model's shape, and what a pair of profiler calls costs.
void statistics_print_start(const struct Checkpoint* checkpoint);

// Speed of a story of `tokens` tokens, by the machine's clock.
void statistics_print_speed(uint32_t tokens, uint64_t microseconds);

// Cycles of a layer, what the emulator said to the request to compile (`compiled` as
// jit_optimize_hot_functions() returned it), and the profile.
void statistics_print_end(int compiled);

#ifdef __cplusplus
}
#endif
