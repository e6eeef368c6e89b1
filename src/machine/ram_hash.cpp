#include "machine/ram_hash.h"

#include <xxhash.h>

#include "machine/page.h"

namespace kiln {

void RamHash::note(std::span<const u32> pages) {
    if (complete_) changed_.insert(changed_.end(), pages.begin(), pages.end());
}

// A page's part of the sum: 0 of a page of zeros, so that pages which never were count like these.
void RamHash::hash(u32 page) {
    const PageView bytes = page_at(memory_, page);
    const u64 hash =
        is_zero(bytes) ? 0 : XXH3_64bits_withSeed(bytes.data(), bytes.size(), page + u64{1});
    sum_ += hash - pages_[page];
    pages_[page] = hash;
}

u64 RamHash::value() {
    if (!complete_) {
        pages_.resize(memory_.ram_size() >> kPageBits);
        changed_ = memory_.touched_pages();
        complete_ = true;
    }
    for (const u32 page : changed_) hash(page);
    changed_.clear();
    return sum_;
}

}  // namespace kiln
