// The hash of RAM, of which only pages that changed are hashed again.
#pragma once

#include <span>
#include <vector>

#include "cpu/memory.h"

namespace kiln {

class RamHash {
  public:
    explicit RamHash(const Memory& memory) : memory_(memory) {}

    // These pages may have changed since value() was asked for last.
    void note(std::span<const u32> pages);
    // Depends on what RAM holds, not on which pages were ever touched.
    u64 value();

  private:
    void hash(u32 page);

    const Memory& memory_;
    bool complete_ = false;  // all pages were hashed once
    std::vector<u64> pages_;
    std::vector<u32> changed_;
    u64 sum_ = 0;
};

}  // namespace kiln
