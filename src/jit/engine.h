// The engine runs a hart: it finds or makes the translation of what comes next, enters it, and
// delivers traps and interrupts in between.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "cpu/debug_points.h"
#include "cpu/guest.h"
#include "cpu/memory.h"
#include "jit/audit.h"
#include "jit/code_cache.h"
#include "jit/fetch_cache.h"
#include "jit/hot_code.h"
#include "jit/settle.h"

namespace kiln {

struct EngineSetup {
    // Translated code of the interpreter beyond this many bytes is dropped as a whole.
    u64 cache_limit = u64{256} << 20;
    HotCodeSetup hot = {};
};

// What ran at a level of code (kCodeLevels), by the place that each slice was last seen at.
struct TierTime {
    u64 instructions = 0;
    double seconds = 0;
};
using TierTimes = std::array<TierTime, kCodeLevels>;

struct EngineStats {
    u64 blocks_decoded = 0;
    u64 blocks_invalidated = 0;
    u64 native_invalidated = 0;  // of them those that had native code
    HotCodeStats hot;
    TierTimes tiers{};
};

template <Guest G>
class Engine final : public WriteListener {
  public:
    using Hart = typename G::Hart;

    // Runs harts of this memory; each must be attached before it runs. Throws UsageError when the
    // host does not give what the setup asks for.
    explicit Engine(Memory& memory, const EngineSetup& setup = {});

    void attach(Hart& hart);

    // Lets the hart begin up to `budget` instructions (at least 1). Traps and pending interrupts
    // are delivered; the hart's state is exact when run() returns. Throws AuditFailure.
    StopReason run(Hart& hart, i64 budget);

    EngineStats stats() const;
    // See CodeCache::counts.
    BlockCounts counts(u64 address, u64 size) const noexcept {
        return cache_.counts(address, size);
    }
    // Whether there is native code, and the highest level that code can reach.
    bool compiles() const { return hot_ != nullptr; }
    unsigned max_level() const { return hot_ ? hot_->max_level() : 0; }
    // See HotCode::request and set_tier_up, HotCodeSetup::region_heat: only where compiles().
    u64 request(u64 address, u64 size);
    void set_tier_up(u64 entries);
    void set_region_heat(u64 instructions) { hot_->set_region_heat(instructions); }
    // See HotRegions.
    void note_heat();

    // Returns when no region waits to be compiled.
    void wait_until_idle() const;

    // The debugger's breakpoints have changed at these places in a page. Not while a hart runs.
    void breakpoints_changed(const PageOffsets& offsets);

    void guarded_write(u64 address, u64 size, u8 flags) noexcept override;

  private:
    using Block = interp::Block<G>;

    // A hart with its caches.
    struct Seat {
        std::array<JumpCacheEntry, kJumpCacheEntries> jump_cache;
        FetchCache fetch_cache;
    };
    // What the next instructions run from; nullptr block: a trap has been raised.
    struct Found {
        Block* block = nullptr;
        interp::BlockPtr<G> temporary;  // owns the block where it is not in the cache
    };
    // Where a slice was last seen.
    struct Sample {
        Block* block = nullptr;  // nullptr: not in the cache
        u64 pc = 0;              // of the block
        u64 key = 0;             // the hart's fetch_key there
        bool region = false;     // the slice ran in a region up to its last instructions
        bool last = false;       // the slice ended in the middle of the block
    };

    // More than the longest way through a region, in instructions.
    static constexpr i64 kRegionEnd = 2 * RegionLimits{}.instructions;

    StopReason run_slice(Hart& hart);
    void step(Hart& hart);
    void take_sample(const Hart& hart, const Found& found, u64 exit);
    void sample_end(const Hart& hart);
    void account(Hart& hart, StopReason reason, u64 instructions, double seconds);
    bool audits(const Found& found, u64 exit) const;
    void count(Block& block);
    std::optional<Block*> known(const Hart& hart);
    Found find(Hart& hart);
    Found find_straddling(Hart& hart, u64 physical, u64 mode, bool uniform);
    Block* insert(const Hart& hart, interp::BlockPtr<G> block);
    bool fetch(Hart& hart, u64& physical, bool& uniform);
    interp::BlockPtr<G> decode(Hart& hart, u64 physical, u64 mode, unsigned limit,
                               std::pmr::memory_resource* memory);
    Block* make_block(Hart& hart, u64 physical, u64 mode);
    // For a block that is taken into the cache, or is not.
    std::pmr::memory_resource* memory_for(bool stays) {
        return stays ? cache_.memory() : std::pmr::new_delete_resource();
    }
    static unsigned uncut(const Hart& hart, const Block& block, std::span<const std::byte> code);
    void log_block(const Hart& hart, u64 physical, std::span<const std::byte> code);
    void make_link(Hart& hart, Block& block);
    void remember(Hart& hart, Block& block);
    void empty_cache();
    Seat& seat(Hart& hart) { return *seats_[hart.id]; }

    Memory& memory_;
    CodeCache<G> cache_;
    const u64 cache_limit_;
    std::unique_ptr<HotCode<G>> hot_;           // nullptr: the interpreter is alone
    std::unique_ptr<Audit<G>> audit_;           // nullptr: native code is trusted
    std::vector<std::unique_ptr<Seat>> seats_;  // by hart id
    Hart* current_ = nullptr;
    Sample sample_;
    TierTimes tiers_{};
};

}  // namespace kiln
