// A guest program out of the harness and trials: bytes to be loaded at IMAGE_START.
#pragma once

#include <span>
#include <vector>

#include "random/system/case.h"

namespace kiln::random_test {

// The image in which `harts` harts run the trials, one after the other; all must have as many
// cases. `harness` is the flat binary of the harness for the ISA's width. `dump`: states are
// printed, not hashes. Throws std::length_error where they do not fit.
std::vector<u8> system_image(std::span<const u8> harness, std::span<const Trial> trials, bool dump);

// How many trials an image holds.
constexpr size_t most_trials(size_t harts) { return 1200 / harts; }

}  // namespace kiln::random_test
