// How many instructions a hart that is alone runs between looks at the devices, where time is the
// host's.
#pragma once

#include <algorithm>

#include "devices/bus.h"
#include "support/int.h"

namespace kiln {

// Follows the guest's speed, which is ten times higher in native code, so that a slice takes about
// 100 us: input and timers are served in time, and what a slice costs is hidden.
class SliceLength {
  public:
    static constexpr u64 kShortest = 32768;
    static constexpr u64 kLongest = u64{1} << 20;

    // At most, in instructions.
    u64 get() const { return length_; }
    // A slice of that length took `ticks`.
    void took(u64 ticks) {
        if (ticks < kWanted / 2) {
            length_ = std::min(length_ * 2, kLongest);
        } else if (ticks > kWanted * 2) {
            length_ = std::max(length_ / 2, kShortest);
        }
    }

  private:
    static constexpr u64 kWanted = kTimebaseHz / 10'000;

    u64 length_ = kShortest;
};

}  // namespace kiln
