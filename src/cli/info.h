// The command `info`.
#pragma once

#include <string>

#include "cli/options.h"

namespace kiln {

// Version, backends, default ISA and host features, a line each.
std::string format_info(const BuildInfo& build);

}  // namespace kiln
