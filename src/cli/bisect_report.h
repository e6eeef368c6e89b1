// What the command `bisect` shows of the piece of a run that two backends do differently.
#pragma once

#include <string>

#include "cli/options.h"
#include "machine/bisect.h"

namespace kiln {

// Instructions, registers, memory; then the second backend's blocks at the piece's begin.
std::string describe(const BisectRequest& request, const Divergence& found);

}  // namespace kiln
