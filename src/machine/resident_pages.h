// Which pages of RAM the host has given memory to.
#pragma once

#include <vector>

#include "cpu/memory.h"

namespace kiln {

// Pages, numbered from the start of RAM, outside of which RAM is zero. Where the host does not say
// (no /proc), all of them.
std::vector<u32> resident_pages(const Memory& memory);

}  // namespace kiln
