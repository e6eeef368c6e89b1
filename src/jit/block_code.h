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
        : bytes_{memory.host(block.physical), block.bytes},
          to_page_end_{bytes_.data(), kPageSize - (block.physical & ~kPageMask)} {
        if (!block.straddles()) return;
        const size_t first = to_page_end_.size();
        std::copy_n(bytes_.data(), first, both_.begin());
        std::copy_n(memory.host(block.physical2), block.bytes - first, both_.begin() + first);
        bytes_ = to_page_end_ = {both_.data(), block.bytes};
    }
    BlockCode(const BlockCode&) = delete;
    BlockCode& operator=(const BlockCode&) = delete;

    std::span<const std::byte> bytes() const { return bytes_; }
    // What decode_block takes: up to the end of the page, or the one instruction on two.
    std::span<const std::byte> to_page_end() const { return to_page_end_; }

  private:
    std::span<const std::byte> bytes_;
    std::span<const std::byte> to_page_end_;
    std::array<std::byte, G::kMaxInsnBytes> both_;
};

}  // namespace kiln
