// The hash of a file's content, by which a file is found to be the same later.
#pragma once

#include <string>

#include "support/int.h"

namespace kiln {

// Of a regular file or block device. Throws InputError where it is something else or cannot be
// read.
u64 hash_file(const std::string& name);

}  // namespace kiln
