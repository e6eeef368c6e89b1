// How often a branch goes which way, as the interpreter saw it.
#pragma once

#include <algorithm>

#include "jit/code_cache.h"
#include "jit/ir/region.h"

namespace kiln {

// Notes how many of a block's ways were taken, by the entries of what its branch leads to in its
// page. To be called while the interpreter still runs all three.
template <Guest G>
void note_share(CodeCache<G>& cache, interp::Block<G>& block, const ir::Terminal& terminal) {
    const auto* branch = std::get_if<ir::Branch>(&terminal);
    if (branch == nullptr || block.straddles()) return;
    const auto entries = [&](i64 offset) -> u64 {
        const u64 target = block.physical + static_cast<u64>(offset);
        if ((target ^ block.physical) >> kPageBits != 0) return 0;
        const interp::Block<G>* found = cache.look_up(target, block.mode);
        return found == nullptr ? 0 : found->entries();
    };
    const u64 taken = entries(branch->taken);
    const u64 all = taken + entries(branch->not_taken);
    if (all == 0) return;
    const u64 share = taken * ir::kAllWays / all;
    block.taken = static_cast<u16>(std::clamp<u64>(share, 1, ir::kAllWays - 1));
}

}  // namespace kiln
