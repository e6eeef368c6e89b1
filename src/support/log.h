// The log on stderr that --log switches on, item by item. The mask is set before there are other
// threads than the main one.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <utility>

#include "support/error.h"

namespace kiln {

// The names are QEMU's, where it has such an item.
enum class LogItem : unsigned {
    in_asm,        // each block that is decoded, disassembled
    interrupts,    // traps and interrupts taken
    mmu,           // page walks that fail, and what PMP refuses
    guest_errors,  // accesses outside RAM that no device takes
    unimp,         // accesses to CSRs that do not exist
    cache,         // what of the kept code is not used, and why
    regions,       // each region of blocks when its code comes into use
};

namespace log_detail {
inline constexpr std::array<std::string_view, 7> kNames = {
    "in_asm", "int", "mmu", "guest_errors", "unimp", "cache", "regions"};
inline unsigned mask = 0;
}  // namespace log_detail

// The names of all items.
inline const auto& log_names() { return log_detail::kNames; }

inline void set_log_mask(unsigned mask) { log_detail::mask = mask; }

inline bool log_enabled(LogItem item) {
    return (log_detail::mask >> static_cast<unsigned>(item) & 1) != 0;
}

// Prints "ITEM: text" and a newline if the item is switched on.
template <typename... Args>
void log_line(LogItem item, fmt::format_string<Args...> format, Args&&... args) {
    if (!log_enabled(item)) return;
    const std::string text = fmt::format(format, std::forward<Args>(args)...);
    fmt::print(stderr, "{}: {}\n", log_detail::kNames[static_cast<unsigned>(item)], text);
}

// The mask for a list such as "int,mmu". Throws UsageError, with the names there are, for an item
// that is not one.
inline unsigned parse_log_mask(std::string_view list) {
    unsigned mask = 0;
    for (size_t at = 0; at <= list.size();) {
        const size_t end = std::min(list.find(',', at), list.size());
        const std::string_view item = list.substr(at, end - at);
        size_t bit = 0;
        while (bit < log_detail::kNames.size() && log_detail::kNames[bit] != item) ++bit;
        if (bit == log_detail::kNames.size()) {
            throw UsageError(fmt::format("--log: '{}' is not an item (there are {})", item,
                                         fmt::join(log_detail::kNames, ", ")));
        }
        mask |= 1U << bit;
        at = end + 1;
    }
    return mask;
}

}  // namespace kiln
