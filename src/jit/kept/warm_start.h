// Finds what a profile knows of a block that was just decoded, so that what was hot before is
// compiled, or loaded, at once.
//
// For each block that it decodes an engine asks `find`. For a region that comes back it looks where
// the other blocks are now (pc of the seed + ProfileBlock::offset, through the present mapping),
// compares their bytes (`is_code_of`), and where all are there makes an ir::Region of them, with
// the weights and entries of the profile: so its key is that under which the code was kept.
#pragma once

#include <cstddef>
#include <span>
#include <unordered_map>
#include <vector>

#include "jit/kept/profile.h"

namespace kiln::kept {

// Whether `code`, which begins at the block, begins with the block's bytes.
bool is_code_of(const ProfileBlock& block, std::span<const std::byte> code);

class WarmStart {
  public:
    // Of a profile as it is now, which outlives this and does not change meanwhile.
    explicit WarmStart(const Profile& profile);

    // The regions that have the block at `physical` in this mode as their seed, by its place in its
    // page and its bytes; the hottest first, but those of the very same place in front. `code` is
    // what lies from there to the end of the page. Usually none, which takes one look-up.
    std::vector<const ProfileRegion*> find(u64 physical, u64 mode,
                                           std::span<const std::byte> code) const;

  private:
    struct Place {
        u64 in_page;
        u64 mode;
        bool operator==(const Place&) const = default;
    };
    struct HashPlace {
        size_t operator()(const Place& place) const;
    };
    std::unordered_map<Place, std::vector<const ProfileRegion*>, HashPlace> seeds_;
};

}  // namespace kiln::kept
