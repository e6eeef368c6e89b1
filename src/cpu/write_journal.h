// What RAM held before it was written, so that it can be put back. See Memory::set_journal.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "cpu/memory.h"
#include "support/int.h"

namespace kiln {

class WriteJournal {
  public:
    using Granule = std::array<std::byte, kGranuleSize>;

    explicit WriteJournal(Memory& memory) : memory_(memory) {}

    // [address, address + size), which lies in RAM, is about to be written.
    void note(u64 address, u64 size);
    // Guest-physical addresses of the granules that were written.
    const std::vector<u64>& addresses() const { return addresses_; }
    // What they hold now.
    std::vector<Granule> contents() const;
    // What they held before.
    const std::vector<Granule>& before() const { return before_; }
    // Writes that back.
    void put_back() const;
    void clear();

  private:
    Memory& memory_;
    std::vector<u64> addresses_;
    std::vector<Granule> before_;
};

}  // namespace kiln
