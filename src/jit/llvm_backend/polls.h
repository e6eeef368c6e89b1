// Where the code of a region asks whether enough is left of the budget.
#pragma once

#include "jit/ir/region.h"

namespace kiln::llvm_backend {

struct Polls {
    // By block: whether it asks. The entries do, and enough others that each cycle has one.
    std::vector<bool> asks;
    // By block: the most instructions that run from its start until the next block that asks, or
    // until the region is left.
    std::vector<u64> longest;
};
Polls find_polls(const ir::Region& region);

}  // namespace kiln::llvm_backend
