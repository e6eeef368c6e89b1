// A machine at one time, in memory.
#pragma once

#include <cstddef>
#include <vector>

#include "machine/ram_history.h"

namespace kiln {

// Copies are cheap: they share the pages of RAM.
struct Snapshot {
    std::vector<std::byte> devices;  // and harts: a StateArchive
    RamImage ram;
};

}  // namespace kiln
