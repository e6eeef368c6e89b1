// The command `cache`.
#pragma once

#include <string>

#include "cli/options.h"

namespace kiln {

// Does what is asked for, and says what is there then. Throws InputError where the folder cannot be
// used.
std::string run_cache_command(const CacheRequest& request);

}  // namespace kiln
