// Where kept code is.
#pragma once

#include <string>

#include "machine/config.h"

namespace kiln {

// $XDG_CACHE_HOME/kiln, or ~/.cache/kiln; empty where the environment names neither.
std::string default_cache_folder();
// What a run uses: what it asks for, or the default one; empty: none.
std::string cache_folder(const MachineConfig& config);

}  // namespace kiln
