// Code of the host as text.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "support/int.h"

namespace kiln {

// A line for each instruction, in Intel's syntax, of code that runs at `address`. A byte that
// begins none that is known reads ".byte".
std::string disassemble_host(std::span<const std::byte> code, u64 address);

}  // namespace kiln
