// Harts on an engine whose hot regions become hand-made native code.
#pragma once

#include <algorithm>

#include "hand_region_backend.h"
#include "native_engine_rig.h"

namespace kiln::engine_test {

inline EngineSetup with_regions(u64 tier_up = kTierUp, EngineSetup setup = {}) {
    HandBackend::log() = {};
    HandRegionBackend::log() = {};
    setup.hot.make_regions = make_hand_regions;
    setup.hot.tier_up = tier_up;
    return setup;
}

// What is asked of regions, whatever else the rig has.
template <class R>
class OnRegions : public R {
  public:
    using R::R;

    HandRegionBackend::Log& regions() { return HandRegionBackend::log(); }
    RegionStats region_stats() { return this->engine().stats().hot.regions; }
    // Blocks that ran in regions, and how often these were entered.
    u64 in_regions(unsigned id = 0) { return this->hart(id).regs[kRegionBlocks]; }
    u64 entered(unsigned id = 0) { return this->hart(id).regs[kRegionEntries]; }
    unsigned level(u64 address) {
        const BlockCounts counts = this->engine().counts(address, 2);
        for (unsigned level = kCodeLevels; level-- > 0;)
            if (counts.at_level[level] != 0) return level;
        return 0;
    }
    const ir::Region& first() { return regions().compiled.front(); }
    const ir::Region& last() { return regions().compiled.back(); }
    // Where the blocks of a region lie, from its base, in order; and its entries.
    static std::vector<i64> offsets(const ir::Region& region) {
        std::vector<i64> offsets;
        for (const ir::RegionBlock& block : region.blocks) offsets.push_back(block.offset);
        std::ranges::sort(offsets);
        return offsets;
    }
    static std::vector<i64> entries(const ir::Region& region) {
        std::vector<i64> entries;
        for (const ir::RegionIndex entry : region.entries)
            entries.push_back(region.blocks[entry].offset);
        std::ranges::sort(entries);
        return entries;
    }
    // The block of the first region that lies there.
    const ir::RegionBlock& block(i64 offset) {
        const auto& blocks = first().blocks;
        return *std::ranges::find(blocks, offset, &ir::RegionBlock::offset);
    }
};

// Regions alone, compiled while the guest waits.
class RegionRig : public OnRegions<Rig> {
  public:
    explicit RegionRig(u64 tier_up = kTierUp, unsigned harts = 1, EngineSetup setup = {})
        : OnRegions<Rig>(harts, with_regions(tier_up, setup)) {}
};

// The same with pages, seen at PagedRig::kFirst and kSecond; blocks have code of their own, too.
class PagedRegionRig : public OnRegions<PagedRig> {
  public:
    explicit PagedRegionRig(u64 tier_up = kTierUp, unsigned harts = 1, EngineSetup setup = {})
        : OnRegions<PagedRig>(tier_up, harts, with_regions(tier_up, setup)) {}
};

// Blocks, and regions that are compiled meanwhile, once `heat` instructions ran in a page.
class TieredRig : public OnRegions<NativeRig> {
  public:
    static constexpr u64 kHeat = 100'000;
    static constexpr i64 kSlice = 10'000;

    explicit TieredRig(u64 tier_up = kTierUp, unsigned harts = 1, EngineSetup setup = {})
        : OnRegions<NativeRig>(tier_up, harts, with_heat(tier_up, setup)) {}

    // Runs for so many slices, and lets the other thread finish after each.
    void slices(u64 pc, int count, unsigned id = 0) {
        hart(id).pc = pc;
        for (; count > 0; --count) {
            engine().run(hart(id), kSlice);
            engine().wait_until_idle();
        }
    }

  private:
    static EngineSetup with_heat(u64 tier_up, EngineSetup setup) {
        setup.hot.region_heat = kHeat;
        return with_regions(tier_up, setup);
    }
};

}  // namespace kiln::engine_test
