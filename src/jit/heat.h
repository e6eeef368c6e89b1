// How hot a piece of guest code is: how often it was entered, old entries counting for less.
#pragma once

#include <algorithm>

#include "support/int.h"

namespace kiln {

// It halves with each epoch that ends.
struct Heat {
    u32 amount = 0;  // as it was in `epoch`
    u32 epoch = 0;

    // Adds entries; returns what there is now.
    u64 add(u64 entries, u32 now) {
        const u32 ended = now - epoch;
        const u64 left = ended < 32 ? amount >> ended : 0;
        amount = static_cast<u32>(std::min(left + entries, u64{~u32{0}}));
        epoch = now;
        return amount;
    }
};

}  // namespace kiln
