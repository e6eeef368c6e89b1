// Where the code of a region asks whether enough is left of the budget.
#pragma once

#include "jit/ir/region.h"

namespace kiln::llvm_backend {

// For each block: the most instructions that run from its start until the next block that asks, or
// until the region is left. 0: the block does not ask. Those that ask are the entries, and enough
// others that each cycle has one.
std::vector<u64> find_polls(const ir::Region& region);

}  // namespace kiln::llvm_backend
