// A region: blocks that lead to each other and are compiled together, so that guest registers stay
// values from block to block and around loops. One mode word holds in all of it.
//
// It holds no guest address: a place is named by its distance from the region's base, the start of
// the virtual page in which the first block begins.
#pragma once

#include <vector>

#include "jit/ir/block.h"

namespace kiln::ir {

// The number of a block in its region.
using RegionIndex = u32;
inline constexpr RegionIndex kOutside = ~RegionIndex{0};

inline constexpr u32 kAllWays = 1 << 16;

struct RegionBlock {
    Block block;  // the passes have been over it
    i64 offset;   // of its pc from the region's base
    u64 weight;   // how often it ran, in proportion to the others
    // Where its terminal goes on inside the region: a jump; a branch that is taken, and one that is
    // not.
    RegionIndex next = kOutside;
    RegionIndex not_taken = kOutside;
    // How many of its branch's ways were taken, of kAllWays; 0: not known.
    u16 taken = 0;
    // Calls in the region return here.
    bool returned_to = false;
    // Computed jumps in the region, other than returns, are known to lead here.
    bool jumped_to = false;
};

struct Region {
    std::vector<RegionBlock> blocks;
    // Those that may be entered from outside, the first block among them. Each cycle of blocks has
    // one.
    std::vector<RegionIndex> entries;
};

// Whether a computed jump may lead to a block of its region, without leaving that.
inline bool may_follow(const RegionBlock& block, const IndirectJump& jump) {
    return returns(jump.hint) ? block.returned_to : block.jumped_to;
}

// The blocks that may follow a block inside its region. Calls f(RegionIndex) for each.
template <class F>
void for_each_successor(const Region& region, RegionIndex index, F f) {
    const RegionBlock& from = region.blocks[index];
    if (from.next != kOutside) f(from.next);
    if (from.not_taken != kOutside) f(from.not_taken);
    const auto* jump = std::get_if<IndirectJump>(&from.block.terminal);
    if (jump == nullptr) return;
    for (RegionIndex i = 0; i < region.blocks.size(); ++i)
        if (may_follow(region.blocks[i], *jump)) f(i);
}

}  // namespace kiln::ir
