#include "jit/kept/warm_start.h"

#include <algorithm>

#include "cpu/tlb.h"
#include "jit/kept/key.h"

namespace kiln::kept {
namespace {

// No more regions are compared for one block, so that no guest can make this slow for others.
constexpr size_t kMostAtPlace = 16;

}  // namespace

bool is_code_of(const ProfileBlock& block, std::span<const std::byte> code) {
    return code.size() >= block.bytes && hash_code(code.first(block.bytes)) == block.hash;
}

size_t WarmStart::HashPlace::operator()(const Place& place) const {
    const u64 mixed = (place.in_page ^ place.mode << 12) * 0x9e3779b97f4a7c15;
    return mixed ^ mixed >> 32;
}

WarmStart::WarmStart(const Profile& profile) {
    for (const ProfileRegion& region : profile.regions())
        seeds_[{region.physical & (kPageSize - 1), region.mode}].push_back(&region);
    for (auto& [place, regions] : seeds_) {
        std::ranges::stable_sort(regions, std::ranges::greater(),
                                 [](const auto* region) { return region->heat; });
        if (regions.size() > kMostAtPlace) regions.resize(kMostAtPlace);
    }
}

std::vector<const ProfileRegion*> WarmStart::find(u64 physical, u64 mode,
                                                  std::span<const std::byte> code) const {
    const auto found = seeds_.find({physical & (kPageSize - 1), mode});
    if (found == seeds_.end()) return {};
    std::vector<const ProfileRegion*> regions;
    for (const ProfileRegion* region : found->second)
        if (is_code_of(region->blocks.front(), code)) regions.push_back(region);
    std::stable_partition(regions.begin(), regions.end(),
                          [&](const auto* region) { return region->physical == physical; });
    return regions;
}

}  // namespace kiln::kept
