// Definitions of those members of HotRegions that have to do with other runs.
#pragma once

#include <algorithm>

#include "jit/hot_regions.h"

namespace kiln {

template <Guest G>
auto HotRegions<G>::known(const Block& seed) const -> Known {
    if (!kept_ || seed.straddles()) return {};
    const u64 left = kPageSize - (seed.physical & ~kPageMask);
    return kept_->warm_start().find(seed.physical, seed.mode, {memory_.host(seed.physical), left});
}

// Whether there is a region that begins with the block, or will soon be.
template <Guest G>
bool HotRegions<G>::begins_one(const Block& block) const {
    const auto [first, last] = regions_of_.equal_range(&block);
    return std::any_of(first, last, [&](const auto& entry) {
        return regions_.at(entry.second).blocks.front() == &block;
    });
}

template <Guest G>
bool HotRegions<G>::ask_for_known(Hart& hart, Block& seed, u64 pc, const Known& known) {
    if (!may_begin(seed) || seed.refusals != 0 || begins_one(seed)) return false;
    const Wait wait(stats_);
    const RegionRecaller<G> recaller(memory_, hart, make_block_, surroundings(hart, seed),
                                     limits(seed));
    for (const kept::ProfileRegion* region : known) {
        auto formed = recaller.recall(*region, seed, pc);
        if (!formed) continue;
        ++stats_.known;
        const u64 id = enlist(*formed);
        CompileJob job{.id = id,
                       .heat = kKnownHeat + std::min(region->heat, kKnownHeat),
                       .region = std::move(formed->region),
                       .site = site_of(hart, seed),
                       .prepare = translation_of<G>(memory_, hart, *formed)};
        if (!queue_) return compile_now(std::move(job));
        compile_later(std::move(job));
        return false;
    }
    return false;
}

// A region was asked for since it was hot.
template <Guest G>
void HotRegions<G>::note_asked(u64 id) {
    regions_.at(id).profile.heat = record_.enough();
}

template <Guest G>
void HotRegions<G>::sample_region(const Block& block, u64 instructions) {
    if (!kept_) return;
    const auto [first, last] = regions_of_.equal_range(&block);
    for (auto at = first; at != last; ++at) {
        Region& region = regions_.at(at->second);
        if (region.native != nullptr) region.profile.heat += instructions;
    }
}

template <Guest G>
void HotRegions<G>::note(Region& region) {
    if (!kept_ || region.profile.heat == 0) return;
    kept_->add(region.profile);
    region.profile.heat = 0;
}

template <Guest G>
void HotRegions<G>::note_heat() {
    for (auto& [id, region] : regions_) note(region);
}

}  // namespace kiln
