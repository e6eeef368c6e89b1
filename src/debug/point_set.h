// The breakpoints and watchpoints that a client has set.
#pragma once

#include <set>
#include <vector>

#include "cpu/debug_points.h"

namespace kiln::debug {

enum class BreakpointKind : u8 { kSoftware, kHardware };

class PointSet {
  public:
    static constexpr size_t kMost = 1024;  // of all kinds together

    // Setting one twice is setting it once. False: there are too many.
    bool add(BreakpointKind kind, u64 address) {
        if (is_full()) return false;
        breakpoints_.insert({address, kind});
        return true;
    }
    bool add(const Watch& watch) {
        if (is_full()) return false;
        if (std::ranges::find(watches_, watch) == watches_.end()) watches_.push_back(watch);
        return true;
    }
    void remove(BreakpointKind kind, u64 address) { breakpoints_.erase({address, kind}); }
    void remove(const Watch& watch) { std::erase(watches_, watch); }
    void clear() {
        breakpoints_.clear();
        watches_.clear();
    }

    bool has(BreakpointKind kind, u64 address) const {
        return breakpoints_.contains({address, kind});
    }
    std::vector<u64> breakpoints() const {
        std::vector<u64> addresses;
        for (const auto& [address, kind] : breakpoints_)
            if (addresses.empty() || addresses.back() != address) addresses.push_back(address);
        return addresses;
    }
    const std::vector<Watch>& watches() const { return watches_; }

  private:
    bool is_full() const { return breakpoints_.size() + watches_.size() >= kMost; }

    std::set<std::pair<u64, BreakpointKind>> breakpoints_;
    std::vector<Watch> watches_;
};

}  // namespace kiln::debug
