// Integers as text.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

#include "support/int.h"

namespace kiln {

// A number, decimal or with 0x, perhaps negative; from -2^63 to 2^64 - 1, where what is above the
// range of i64 wraps. nullopt: the text is none.
inline std::optional<i64> parse_int(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative)
        text.remove_prefix(1);
    else if (text.starts_with('+'))
        text.remove_prefix(1);
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        text.remove_prefix(2);
        base = 16;
    }
    u64 magnitude = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (negative && magnitude > u64{1} << 63) return std::nullopt;
    return static_cast<i64>(negative ? -magnitude : magnitude);
}

}  // namespace kiln
