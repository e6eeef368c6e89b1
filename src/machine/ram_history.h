// Earlier contents of RAM, which share the pages that are equal.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "cpu/memory.h"
#include "machine/page.h"

namespace kiln {

// What RAM held at one time. Copies are cheap.
class RamImage {
  public:
    // A page, by its number from the start of RAM; nullptr: it is all zeros.
    const Page* page(u32 number) const {
        const auto& group = groups_[number / kGroup];
        return group ? (*group)[number % kGroup].get() : nullptr;
    }
    // How many of its pages `other`, of the same machine, does not share.
    u64 pages_not_in(const RamImage& other) const;
    // Calls f(number, page) for each page that is not all zeros.
    template <class F>
    void for_each_page(F f) const {
        for (size_t g = 0; g < groups_.size(); ++g)
            for (size_t i = 0; groups_[g] && i < kGroup; ++i)
                if (const auto& page = (*groups_[g])[i]) f(static_cast<u32>(g * kGroup + i), *page);
    }

  private:
    friend class RamHistory;
    static constexpr size_t kGroup = 256;
    using Group = std::array<std::shared_ptr<const Page>, kGroup>;

    std::vector<std::shared_ptr<const Group>> groups_;
};

class RamHistory {
  public:
    explicit RamHistory(Memory& memory) : memory_(memory) {}

    // These pages may have changed since save() or restore().
    void note(std::span<const u32> pages);
    // What RAM holds now. Takes time for pages that changed.
    RamImage save();
    // Puts that back. Takes time for pages that differ.
    void restore(const RamImage& image);

  private:
    void take(u32 page, RamImage::Group& group);
    void put(u32 page, const Page* wanted);

    Memory& memory_;
    bool complete_ = false;  // `now_` was taken once
    RamImage now_;           // but for the pages in `changed_`
    std::vector<u32> changed_;
};

}  // namespace kiln
