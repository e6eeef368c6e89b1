// What a trial that differs is made short with.
#pragma once

#include <vector>

#include "random/system/case.h"

namespace kiln::random_test {

// Trials that have something less each: instructions, a part of the setting, values of registers.
std::vector<Trial> simpler(const Trial& trial);

}  // namespace kiln::random_test
