// The bytes of a block's guest code, which may lie on two pages.
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "cpu/guest.h"
#include "cpu/memory.h"
#include "jit/interp/op.h"

namespace kiln {

template <Guest G>
class BlockCode {
  public:
    BlockCode(const Memory& memory, const interp::Block<G>& block)
        : bytes_{memory.host(block.physical), block.bytes} {
        if (!block.straddles()) return;
        const size_t first = kPageSize - (block.physical & ~kPageMask);
        std::copy_n(bytes_.data(), first, both_.begin());
        std::copy_n(memory.host(block.physical2), block.bytes - first, both_.begin() + first);
        bytes_ = {both_.data(), block.bytes};
    }
    BlockCode(const BlockCode&) = delete;
    BlockCode& operator=(const BlockCode&) = delete;

    std::span<const std::byte> bytes() const { return bytes_; }

  private:
    std::span<const std::byte> bytes_;
    std::array<std::byte, G::kMaxInsnBytes> both_;
};

}  // namespace kiln
