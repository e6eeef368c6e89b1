// The time of day as the guest sees it under --clock icount: it was set at a moment and goes on
// with guest time.
#pragma once

#include "machine/guest_clock.h"
#include "machine/inputs.h"

namespace kiln {

class PacedClock {
  public:
    void set(const Moment& now, u64 ns) {
        tick_ = now.tick;
        ns_ = ns;
    }
    // The same time of day, when guest time begins anew.
    void restart(const Moment& now) { set({}, at(now.tick)); }
    // Nanoseconds since the epoch at a tick of guest time, which may lie before the moment.
    u64 at(u64 tick) const { return ns_ + (tick - tick_) * kNsPerTick; }
    // The tick at which it is so late; 0 where that was before the guest's time.
    u64 tick_at(u64 ns) const {
        const auto since = static_cast<i64>(ns - ns_) / static_cast<i64>(kNsPerTick);
        const bool before = since < 0 && static_cast<u64>(-since) > tick_;
        return before ? 0 : tick_ + static_cast<u64>(since);
    }

    // Saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive) { archive.values(tick_, ns_); }

  private:
    u64 tick_ = 0;
    u64 ns_ = 0;
};

}  // namespace kiln
