#include "machine/resident_pages.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <numeric>
#include <unistd.h>

namespace kiln {
namespace {

// proc(5): /proc/PID/pagemap has a word for each page. It is in memory, or swapped out.
constexpr u64 kInMemory = u64{1} << 63;
constexpr u64 kSwapped = u64{1} << 62;

bool read_pagemap(int file, u64 host_page, u64 count, std::vector<u32>& pages) {
    std::array<u64, 4096> words;
    for (u64 page = 0; page < count;) {
        const u64 wanted = std::min<u64>(words.size(), count - page);
        const ssize_t bytes = pread(file, words.data(), wanted * sizeof(u64),
                                    static_cast<off_t>((host_page + page) * sizeof(u64)));
        if (bytes < static_cast<ssize_t>(sizeof(u64))) return false;
        const u64 found = static_cast<u64>(bytes) / sizeof(u64);
        for (u64 i = 0; i < found; ++i)
            if ((words[i] & (kInMemory | kSwapped)) != 0)
                pages.push_back(static_cast<u32>(page + i));
        page += found;
    }
    return true;
}

}  // namespace

std::vector<u32> resident_pages(const Memory& memory) {
    const u64 count = memory.ram_size() >> kPageBits;
    const u64 first = reinterpret_cast<u64>(memory.host(memory.ram_base())) >> kPageBits;
    std::vector<u32> pages;
    const int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    const bool known = file >= 0 && read_pagemap(file, first, count, pages);
    if (file >= 0) close(file);
    if (!known) {
        pages.resize(count);
        std::iota(pages.begin(), pages.end(), 0u);
    }
    return pages;
}

}  // namespace kiln
