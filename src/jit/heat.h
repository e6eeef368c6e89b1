// How hot a piece of guest code is: how often it was entered, old entries counting for less.
#pragma once

#include <algorithm>

#include "support/int.h"

namespace kiln {

// What time is measured in where heat is: guest instructions that have begun.
class HeatClock {
  public:
    void advance(u64 instructions) { now_ += instructions; }
    u64 now() const { return now_; }
    // Epochs of 2^bits instructions that have ended.
    u32 epoch(unsigned bits) const { return static_cast<u32>(now_ >> bits); }

  private:
    u64 now_ = 0;
};

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
