// Values of assignments in case files.
#pragma once

#include <optional>
#include <string_view>

#include "support/int.h"

namespace kiln::cases {

// An integer; `s:`, `d:` or `h:` and a number of that format ("1.5", "-inf", "nan", "snan",
// hexadecimal with a `p`) or its encoding ("s:0x7fc00000"), NaN-boxed; names of fflags joined by
// `+` ("nx+uf"); a mode m, s or u. nullopt: none of these.
std::optional<u64> parse_value(std::string_view text);

}  // namespace kiln::cases
