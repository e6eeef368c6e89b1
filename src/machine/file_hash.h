// The hash of a file's content, by which a file is found to be the same later.
#pragma once

#include <string>

#include "support/int.h"

namespace kiln {

// Throws InputError where the file cannot be read.
u64 hash_file(const std::string& name);

}  // namespace kiln
