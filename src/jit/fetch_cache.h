// Where a hart fetches the instructions of a page from, while its fetch_key holds.
#pragma once

#include <array>
#include <optional>

#include "cpu/memory.h"
#include "cpu/native_state.h"

namespace kiln {

class FetchCache {
  public:
    // The physical page behind the virtual `page`, if it was entered under this key.
    std::optional<u64> look_up(u64 page, u64 key) const {
        const Entry& entry = entries_[index(page)];
        if (entry.page != page || entry.key != key) return std::nullopt;
        return entry.physical;
    }
    // The whole page may be executed alike.
    void enter(u64 page, u64 key, u64 physical) { entries_[index(page)] = {page, key, physical}; }

  private:
    struct Entry {
        u64 page = 0;
        u64 key = kNoKey;
        u64 physical = 0;
    };
    static constexpr u64 kEntries = 64;
    static u64 index(u64 page) { return page >> kPageBits & (kEntries - 1); }

    std::array<Entry, kEntries> entries_{};
};

}  // namespace kiln
