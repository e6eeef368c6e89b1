#include "cpu/write_journal.h"

#include <algorithm>
#include <cstring>

namespace kiln {

void WriteJournal::note(u64 address, u64 size) {
    const u64 first = address & ~(kGranuleSize - 1);
    for (u64 granule = first; granule < address + size; granule += kGranuleSize) {
        if (std::ranges::find(addresses_, granule) != addresses_.end()) continue;
        addresses_.push_back(granule);
        std::memcpy(before_.emplace_back().data(), memory_.host(granule), kGranuleSize);
    }
}

std::vector<WriteJournal::Granule> WriteJournal::contents() const {
    std::vector<Granule> contents(addresses_.size());
    for (size_t i = 0; i < contents.size(); ++i)
        std::memcpy(contents[i].data(), memory_.host(addresses_[i]), kGranuleSize);
    return contents;
}

void WriteJournal::put_back() const {
    for (size_t i = 0; i < addresses_.size(); ++i)
        std::memcpy(memory_.host(addresses_[i]), before_[i].data(), kGranuleSize);
}

void WriteJournal::clear() {
    addresses_.clear();
    before_.clear();
}

}  // namespace kiln
