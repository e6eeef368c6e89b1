// What of a guest was hot: regions by where they began and by the code that they were made of.
//
// A region is known by its code, not by where it lies: a paged guest puts the same program at other
// physical addresses in each boot. What a profile says is a hint; who uses it compares the bytes.
#pragma once

#include <cstddef>
#include <span>
#include <unordered_map>
#include <vector>

#include "support/int.h"
#include "support/state_archive.h"

namespace kiln::kept {

// A block of a region: contiguous guest code inside one page.
struct ProfileBlock {
    i64 offset;     // of its pc from the seed's, in the guest's virtual addresses
    u32 bytes;      // of code
    u64 hash;       // hash_code of them
    u64 weight;     // as in ir::RegionBlock
    u16 taken = 0;  // as in ir::RegionBlock, and the next one
    bool jumped_to = false;
    bool operator==(const ProfileBlock&) const = default;
};

struct ProfileRegion {
    u64 physical;  // where the seed began
    u64 mode;      // the guest's mode word
    u64 heat;      // in any unit that is the same for all regions of a profile
    // In the order of ir::Region; the seed is the first, at offset 0.
    std::vector<ProfileBlock> blocks;
    bool operator==(const ProfileRegion&) const = default;
};

class Profile {
  public:
    // Bounds of what is kept: the coldest regions go. For a while there may be twice as many.
    static constexpr size_t kMostRegions = 4096;
    static constexpr size_t kMostBlocks = 65536;  // of all regions together
    static constexpr size_t kMostRegionBlocks = 1024;

    // Adds a region, or what is new of one that is there: its heat is added, and its blocks are as
    // they are now. The same is one that began at the same place in the same code, or that consists
    // of the same code elsewhere. A region that breaks the rules above is left out.
    void add(ProfileRegion region);
    // What was hot counts half.
    void age();
    // Drops what is beyond the bounds; what is left is ordered, the hottest first.
    void trim();

    std::span<const ProfileRegion> regions() const { return regions_; }

    // As bytes, and from bytes that may be anything. Throws StateError.
    std::vector<std::byte> save() const;
    static Profile load(std::span<const std::byte> bytes);

  private:
    void index();
    void bound();

    std::vector<ProfileRegion> regions_;
    size_t blocks_ = 0;  // of all of them
    // Indices in `regions_` by hash.
    std::unordered_map<u64, size_t> by_place_;
    std::unordered_map<u64, size_t> by_code_;
};

}  // namespace kiln::kept
