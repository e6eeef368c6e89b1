// Numbers as the command line writes them.
#pragma once

#include <cstdint>
#include <string_view>

namespace kiln {

// A number, decimal or with 0x. `option` is only for the message. Throws UsageError.
uint64_t parse_number(std::string_view option, std::string_view text);

// A number from `low` to `high`. Throws UsageError.
uint64_t parse_number(std::string_view option, std::string_view text, uint64_t low, uint64_t high);

// A size in bytes: a number with K, M, G or T in either case, powers of 1024; a bare number counts
// MiB, as QEMU's -m does. Throws UsageError.
uint64_t parse_size(std::string_view option, std::string_view text);

}  // namespace kiln
