// Where guest code stops for a debugger. One object for all harts of a machine.
//
// Addresses are the guest's virtual ones, whatever they mean to the hart that comes there.
#pragma once

#include <algorithm>
#include <bitset>
#include <optional>
#include <utility>
#include <vector>

#include "cpu/tlb.h"
#include "support/int.h"

namespace kiln {

enum class WatchKind : u8 { kWrite, kRead, kAccess };

// Harts stop in front of an instruction with an access of this kind to a byte in [address, address
// + size), size at least 1.
struct Watch {
    u64 address;
    u64 size;
    WatchKind kind;
    bool operator==(const Watch&) const = default;
};

// An access that is watched and comes next.
struct WatchHit {
    u64 address = 0;                     // its first byte that is watched
    WatchKind kind = WatchKind::kWrite;  // of the watch
    u32 hart = 0;
    bool operator==(const WatchHit&) const = default;
};

// A byte's place in its page, of every page.
using PageOffsets = std::bitset<kPageSize>;

class DebugPoints {
  public:
    // Addresses of instructions, each in front of which harts stop. Returns the places in a page
    // where blocks of code end or begin from now on and did not before, or the reverse.
    PageOffsets set_breakpoints(std::vector<u64> addresses) {
        std::ranges::sort(addresses);
        breakpoints_ = std::move(addresses);
        PageOffsets offsets;
        for (const u64 address : breakpoints_) offsets.set(address & ~kPageMask);
        return offsets ^ std::exchange(offsets_, offsets);
    }
    // Harts whose bit, by id, is set here go past breakpoints, or do what is watched.
    void set_exempt(u64 breaks, u64 watches) {
        exempt_breaks_ = breaks;
        exempt_watches_ = watches;
    }

    // Whether a hart stops at `pc`.
    bool breaks(u32 hart, u64 pc) const {
        return (exempt_breaks_ >> hart & 1) == 0 && std::ranges::binary_search(breakpoints_, pc);
    }
    // Whether a hart may stop at the instruction there, by its place in the page. (Where the page
    // lies in virtual memory, code is not translated for.)
    bool may_break(u64 address) const { return offsets_.test(address & ~kPageMask); }

    // The harts must forget their translations afterwards.
    void set_watches(std::vector<Watch> watches) { watches_ = std::move(watches); }
    const std::vector<Watch>& watches() const { return watches_; }
    bool has_watches() const { return !watches_.empty(); }
    // Whether a byte of the page at `address` is watched.
    bool watches_page(u64 address) const {
        const u64 first = address & kPageMask;
        return std::ranges::any_of(watches_, [&](const Watch& w) {
            return w.address <= first + (kPageSize - 1) && first <= w.address + (w.size - 1);
        });
    }
    // What to report of an access to [address, address + size); kAccess: one that reads and writes.
    std::optional<WatchHit> watched(u32 hart, u64 address, u64 size, WatchKind access) const {
        if ((exempt_watches_ >> hart & 1) != 0) return std::nullopt;
        for (const Watch& w : watches_) {
            const bool is_meant =
                w.kind == access || w.kind == WatchKind::kAccess || access == WatchKind::kAccess;
            if (is_meant && w.address <= address + (size - 1) &&
                address <= w.address + (w.size - 1))
                return WatchHit{std::max(address, w.address), w.kind, hart};
        }
        return std::nullopt;
    }

    // An access is to be reported. The first one counts until it is taken.
    void note(const WatchHit& hit) {
        if (!hit_) hit_ = hit;
    }
    std::optional<WatchHit> take_hit() { return std::exchange(hit_, std::nullopt); }

  private:
    std::vector<u64> breakpoints_;  // in order
    PageOffsets offsets_;           // of breakpoints_
    u64 exempt_breaks_ = 0;
    u64 exempt_watches_ = 0;
    std::vector<Watch> watches_;
    std::optional<WatchHit> hit_;
};

}  // namespace kiln
