// How often native code may fault on the host, where that takes about 10 us and a look into the
// TLB a few nanoseconds: so often that it takes no more than about a tenth of the time.
#pragma once

#include <algorithm>

#include "support/int.h"

namespace kiln {

class FaultAllowance {
  public:
    // A fault is earned by so many instructions, of which the host runs one or two a nanosecond.
    static constexpr u64 kInstructions = 200'000;
    // To begin with; and the most that can be saved up.
    static constexpr u64 kFirst = 1024;
    static constexpr u64 kMost = 2048;
    // Where it is used up it takes so many until faults are allowed again.
    static constexpr u64 kAgain = 256;

    // Takes note that `begun` instructions began so far. Whether faults are allowed.
    bool earn(u64 begun) {
        if (begun < counted_) counted_ = begun;
        const u64 earned = (begun - counted_) / kInstructions;
        counted_ += earned * kInstructions;
        left_ = std::min(left_ + earned, kMost);
        if (left_ >= kAgain) used_up_ = false;
        return !used_up_;
    }
    // A fault has happened. Whether more are allowed.
    bool spend() {
        if (left_ != 0) --left_;
        used_up_ = used_up_ || left_ == 0;
        return !used_up_;
    }

  private:
    u64 counted_ = 0;
    u64 left_ = kFirst;
    bool used_up_ = false;
};

}  // namespace kiln
