// When a block is worth native code.
//
// The interpreter counts entries and asks at every `interval()` of them. What it reports becomes
// heat of the block and of its page. Time is counted in guest instructions, so that what is
// compiled when does not depend on the host.
#pragma once

#include <unordered_map>

#include "jit/heat.h"

namespace kiln {

class TierPolicy {
  public:
    // Entries that make a block hot; 0: it is hot before it runs once.
    explicit TierPolicy(u64 tier_up) : tier_up_(tier_up) {}
    void set_tier_up(u64 entries) { tier_up_ = entries; }

    // Whether blocks are compiled before they run.
    bool at_once() const { return tier_up_ == 0; }
    // Entries from one look at a block to the next.
    u64 interval() const { return std::max<u64>(tier_up_ / kLooks, 1); }
    HeatClock& clock() { return clock_; }

    // An interval of entries to a block whose code lies in the physical page. Whether the block is
    // hot now: because of its own heat, or since its page is.
    bool is_hot(Heat& block, u64 page) {
        const u64 own = block.add(interval(), epoch());
        const u64 around = pages_[page].add(interval(), epoch());
        return own >= tier_up_ || around >= tier_up_ * kHotPage;
    }
    // A block that was hot and lost its native code: one more interval, and it is hot again.
    void keep_warm(Heat& block) {
        block = {};
        if (tier_up_ > interval()) block.add(tier_up_ - interval(), epoch());
    }
    // The block is hot when it is looked at next.
    void make_hot(Heat& block) { block.add(tier_up_, epoch()); }
    // Forgets the pages.
    void clear() { pages_.clear(); }

  private:
    static constexpr u64 kLooks = 4;
    // A page is hot at this many times the heat of a hot block.
    static constexpr u64 kHotPage = 4;
    static constexpr unsigned kEpochBits = 26;

    u32 epoch() const { return clock_.epoch(kEpochBits); }

    u64 tier_up_;
    HeatClock clock_;
    std::unordered_map<u64, Heat> pages_;
};

}  // namespace kiln
