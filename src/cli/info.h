// The command `info`.
#pragma once

#include <string>

#include "cli/options.h"

namespace kiln {

// Version, backends, default ISA, host features and the folder of kept code, a line each. `cache`:
// that folder, empty where there is none.
std::string format_info(const BuildInfo& build, const std::string& cache);

}  // namespace kiln
