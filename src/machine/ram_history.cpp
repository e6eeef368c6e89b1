#include "machine/ram_history.h"

#include <algorithm>
#include <cstring>

namespace kiln {

u64 RamImage::pages_not_in(const RamImage& other) const {
    u64 count = 0;
    for (size_t g = 0; g < groups_.size(); ++g) {
        if (groups_[g] == other.groups_[g]) continue;
        const auto first = static_cast<u32>(g * kGroup);
        for (u32 number = first; number < first + kGroup; ++number)
            count += page(number) != nullptr && page(number) != other.page(number);
    }
    return count;
}

void RamHistory::note(std::span<const u32> pages) {
    if (complete_) changed_.insert(changed_.end(), pages.begin(), pages.end());
}

void RamHistory::take(u32 page, RamImage::Group& group) {
    const PageView bytes = page_at(memory_, page);
    auto& kept = group[page % RamImage::kGroup];
    if (is_zero(bytes)) {
        kept = nullptr;
    } else if (!kept || std::memcmp(kept->data(), bytes.data(), kPageSize) != 0) {
        auto copy = std::make_shared<Page>();
        std::memcpy(copy->data(), bytes.data(), kPageSize);
        kept = std::move(copy);
    }
}

RamImage RamHistory::save() {
    if (!complete_) {
        const u64 pages = memory_.ram_size() >> kPageBits;
        now_.groups_.resize((pages + RamImage::kGroup - 1) / RamImage::kGroup);
        changed_ = memory_.touched_pages();
        complete_ = true;
    }
    std::ranges::sort(changed_);
    for (size_t i = 0; i < changed_.size();) {
        // Other images may share the group: it is replaced.
        const u32 number = static_cast<u32>(changed_[i] / RamImage::kGroup);
        auto& kept = now_.groups_[number];
        auto group =
            kept ? std::make_shared<RamImage::Group>(*kept) : std::make_shared<RamImage::Group>();
        for (; i < changed_.size() && changed_[i] / RamImage::kGroup == number; ++i)
            take(changed_[i], *group);
        kept = std::move(group);
    }
    changed_.clear();
    return now_;
}

// Granule by granule, so that code which is the same stays.
void RamHistory::put(u32 page, const Page* wanted) {
    static constexpr Page kZeros{};
    const std::span<const std::byte> bytes(wanted != nullptr ? *wanted : kZeros);
    const u64 address = memory_.ram_base() + (u64{page} << kPageBits);
    for (u64 at = 0; at < kPageSize; at += kGranuleSize)
        if (std::memcmp(memory_.host(address + at), bytes.data() + at, kGranuleSize) != 0)
            memory_.dma_write(address + at, bytes.subspan(at, kGranuleSize));
}

void RamHistory::restore(const RamImage& image) {
    save();  // afterwards images tell which pages differ
    for (size_t g = 0; g < now_.groups_.size(); ++g) {
        if (now_.groups_[g] == image.groups_[g]) continue;
        const auto first = static_cast<u32>(g * RamImage::kGroup);
        for (u32 page = first; page < first + RamImage::kGroup; ++page)
            if (now_.page(page) != image.page(page)) put(page, image.page(page));
    }
    now_ = image;
}

}  // namespace kiln
