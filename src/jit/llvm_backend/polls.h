// Where the code of a region asks whether enough is left of the budget.
#pragma once

#include "jit/ir/region.h"

namespace kiln::llvm_backend {

// The blocks that may follow a block inside its region. Calls f(RegionIndex) for each.
template <class F>
void for_each_successor(const ir::Region& region, ir::RegionIndex index, F f) {
    const ir::RegionBlock& from = region.blocks[index];
    if (from.next != ir::kOutside) f(from.next);
    if (from.not_taken != ir::kOutside) f(from.not_taken);
    if (!std::holds_alternative<ir::IndirectJump>(from.block.terminal)) return;
    for (ir::RegionIndex i = 0; i < region.blocks.size(); ++i)
        if (region.blocks[i].returned_to) f(i);
}

// For each block: the most instructions that run from its start until the next block that asks, or
// until the region is left. 0: the block does not ask. Those that ask are the entries, and enough
// others that each cycle has one.
std::vector<u64> find_polls(const ir::Region& region);

}  // namespace kiln::llvm_backend
