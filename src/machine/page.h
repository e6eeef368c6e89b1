// Pages of RAM as values.
#pragma once

#include <array>
#include <cstring>
#include <span>

#include "cpu/memory.h"

namespace kiln {

using Page = std::array<std::byte, kPageSize>;
using PageView = std::span<const std::byte, kPageSize>;

// What a page of RAM holds, by its number from the start of RAM.
inline PageView page_at(const Memory& memory, u32 page) {
    return PageView(memory.host(memory.ram_base() + (u64{page} << kPageBits)), kPageSize);
}

inline bool is_zero(PageView page) {
    // Each byte is the one before it, and the first is zero.
    return page[0] == std::byte{0} && std::memcmp(page.data(), page.data() + 1, kPageSize - 1) == 0;
}

}  // namespace kiln
