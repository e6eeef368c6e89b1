// What is known about physical pages whose code may be compiled in regions.
#pragma once

#include <algorithm>
#include <unordered_map>

#include "jit/heat.h"

namespace kiln {

// How hot the code of pages is that is not in a region yet: how many guest instructions ran there,
// as far as samples tell. And whether code in them changes so often that it is left out for a
// while.
class RegionRecord {
  public:
    // `enough`: instructions that make a page worth a region. The clock outlives this.
    RegionRecord(u64 enough, const HeatClock& clock) : enough_(enough), clock_(clock) {}
    void set_enough(u64 instructions) { enough_ = instructions; }
    u64 enough() const { return enough_; }

    // `instructions` ran around a place in the page. Whether that makes it hot; then it is cold
    // again, so that it is not asked for soon again.
    bool is_hot(u64 page, u64 instructions) {
        Page& record = pages_[page];
        if (record.heat.add(instructions, clock_.epoch(kEpochBits)) < enough_) return false;
        record.heat = {};
        return true;
    }

    // A region went since code in the page was overwritten. After some times the page is left alone
    // for a while, longer each time.
    void overwritten(u64 page) {
        Page& record = pages_[page];
        if (++record.overwritten <= kPatience) return;
        const unsigned rests = record.overwritten - kPatience - 1;
        record.rests_until = clock_.now() + (kFirstRest << std::min(rests, kMostDoublings));
    }
    // The page is not left alone any more.
    void end_rest(u64 page) {
        const auto found = pages_.find(page);
        if (found != pages_.end()) found->second.rests_until = 0;
    }
    // Whether the page is left alone.
    bool rests(u64 page) const {
        const auto found = pages_.find(page);
        return found != pages_.end() && clock_.now() < found->second.rests_until;
    }

    // Forgets the pages.
    void clear() { pages_.clear(); }

  private:
    struct Page {
        Heat heat;
        u64 rests_until = 0;
        unsigned overwritten = 0;
    };
    // Long, since a page that takes a hundredth of the time is worth it too.
    static constexpr unsigned kEpochBits = 30;
    static constexpr u64 kFirstRest = u64{1} << 24;
    // Programs are loaded, and patched now and then.
    static constexpr unsigned kPatience = 4;
    static constexpr unsigned kMostDoublings = 20;

    u64 enough_;
    const HeatClock& clock_;
    std::unordered_map<u64, Page> pages_;
};

}  // namespace kiln
