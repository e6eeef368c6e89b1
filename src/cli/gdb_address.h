// The value of --gdb: [HOST:]PORT[,nowait].
#pragma once

#include <string>

#include "machine/config.h"

namespace kiln {

// Throws UsageError.
GdbAddress parse_gdb_address(const std::string& text);

}  // namespace kiln
