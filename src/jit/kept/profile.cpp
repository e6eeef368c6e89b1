#include "jit/kept/profile.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <xxhash.h>

#include "cpu/tlb.h"

namespace kiln::kept {
namespace {

constexpr u64 kPageMask = kPageSize - 1;
// How far a block may be from its seed, either way.
constexpr i64 kFarthest = i64{1} << 40;
// Bytes of a region without blocks, and of a block, in a file.
constexpr size_t kRegionBytes = 3 * sizeof(u64) + sizeof(u32);
constexpr size_t kBlockBytes = 3 * sizeof(u64) + sizeof(u32) + sizeof(u16) + sizeof(bool);

bool fits(const ProfileBlock& block, u64 physical) {
    const u64 in_page = (physical + static_cast<u64>(block.offset)) & kPageMask;
    return block.offset >= -kFarthest && block.offset <= kFarthest && block.bytes != 0 &&
           block.bytes <= kPageSize - in_page;
}

bool fits(const ProfileRegion& region) {
    const auto& blocks = region.blocks;
    return !blocks.empty() && blocks.size() <= Profile::kMostRegionBlocks &&
           blocks.front().offset == 0 && std::ranges::all_of(blocks, [&](const auto& block) {
               return fits(block, region.physical);
           });
}

u64 hash(std::span<const u64> numbers) { return XXH3_64bits(numbers.data(), numbers.size_bytes()); }

u64 hash_of_place(const ProfileRegion& region) {
    const u64 numbers[] = {region.physical, region.mode, region.blocks.front().hash};
    return hash(numbers);
}

u64 hash_of_code(const ProfileRegion& region) {
    std::vector<u64> numbers = {region.physical & kPageMask, region.mode};
    for (const ProfileBlock& block : region.blocks)
        for (const u64 number : {static_cast<u64>(block.offset), u64{block.bytes}, block.hash})
            numbers.push_back(number);
    return hash(numbers);
}

void visit(StateArchive& archive, ProfileBlock& block) {
    archive.values(block.offset, block.bytes, block.hash, block.weight, block.taken,
                   block.jumped_to);
}

// A number of things that follow, of at least so many bytes each.
u32 count(StateArchive& archive, size_t present, size_t most, size_t bytes, const char* name) {
    auto count = static_cast<u32>(present);
    archive.at_most(count, static_cast<u32>(most), name);
    archive.check(!archive.loading() || count <= archive.left() / bytes, name);
    return count;
}

void visit(StateArchive& archive, ProfileRegion& region) {
    archive.values(region.physical, region.mode, region.heat);
    region.blocks.resize(count(archive, region.blocks.size(), Profile::kMostRegionBlocks,
                               kBlockBytes, "the number of blocks"));
    for (ProfileBlock& block : region.blocks) visit(archive, block);
    archive.check(fits(region), "a region");
}

void visit(StateArchive& archive, std::vector<ProfileRegion>& regions) {
    regions.resize(count(archive, regions.size(), Profile::kMostRegions, kRegionBytes,
                         "the number of regions"));
    size_t blocks = 0;
    for (ProfileRegion& region : regions) {
        visit(archive, region);
        blocks += region.blocks.size();
        archive.check(blocks <= Profile::kMostBlocks, "the number of blocks");
    }
}

u64 saturating_sum(u64 a, u64 b) {
    return a > std::numeric_limits<u64>::max() - b ? ~u64{0} : a + b;
}

}  // namespace

void Profile::add(ProfileRegion region) {
    if (!fits(region)) return;
    const u64 place = hash_of_place(region);
    const u64 code = hash_of_code(region);
    auto found = by_code_.find(code);
    if (found == by_code_.end()) {
        found = by_place_.find(place);
        if (found == by_place_.end()) {
            by_place_[place] = by_code_[code] = regions_.size();
            blocks_ += region.blocks.size();
            regions_.push_back(std::move(region));
            return bound();
        }
    }
    const size_t at = found->second;
    ProfileRegion& known = regions_[at];
    // Another region may have taken over one of the two meanwhile.
    const auto forget = [at](auto& map, u64 key) {
        const auto entry = map.find(key);
        if (entry != map.end() && entry->second == at) map.erase(entry);
    };
    forget(by_place_, hash_of_place(known));
    forget(by_code_, hash_of_code(known));
    region.heat = saturating_sum(region.heat, known.heat);
    blocks_ += region.blocks.size() - known.blocks.size();
    known = std::move(region);
    by_place_[place] = by_code_[code] = at;
    bound();
}

void Profile::bound() {
    if (regions_.size() > 2 * kMostRegions || blocks_ > 2 * kMostBlocks) trim();
}

void Profile::age() {
    for (ProfileRegion& region : regions_) region.heat /= 2;
}

void Profile::trim() {
    std::ranges::stable_sort(regions_, std::ranges::greater(), &ProfileRegion::heat);
    blocks_ = 0;
    size_t kept = 0;
    while (kept < regions_.size() && kept < kMostRegions &&
           blocks_ + regions_[kept].blocks.size() <= kMostBlocks)
        blocks_ += regions_[kept++].blocks.size();
    regions_.resize(kept);
    index();
}

void Profile::index() {
    by_place_.clear();
    by_code_.clear();
    for (size_t i = 0; i < regions_.size(); ++i) {
        by_place_[hash_of_place(regions_[i])] = i;
        by_code_[hash_of_code(regions_[i])] = i;
    }
}

std::vector<std::byte> Profile::save() const {
    Profile copy = *this;
    copy.trim();
    std::vector<std::byte> bytes;
    StateArchive archive(bytes);
    visit(archive, copy.regions_);
    return bytes;
}

Profile Profile::load(std::span<const std::byte> bytes) {
    StateArchive archive(bytes);
    std::vector<ProfileRegion> regions;
    visit(archive, regions);
    archive.finish();
    Profile profile;
    for (ProfileRegion& region : regions) profile.add(std::move(region));
    return profile;
}

}  // namespace kiln::kept
