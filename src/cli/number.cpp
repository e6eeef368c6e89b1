#include "cli/number.h"

#include <charconv>
#include <fmt/format.h>
#include <limits>
#include <optional>

#include "support/error.h"

namespace kiln {
namespace {

std::optional<uint64_t> to_number(std::string_view text) {
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    }
    uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc() || rest != end) return std::nullopt;
    return value;
}

// How far the suffix shifts its number.
std::optional<unsigned> suffix_shift(char suffix) {
    switch (suffix) {
        case 'k':
        case 'K':
            return 10;
        case 'm':
        case 'M':
            return 20;
        case 'g':
        case 'G':
            return 30;
        case 't':
        case 'T':
            return 40;
        default:
            return std::nullopt;
    }
}

constexpr unsigned kMebiShift = 20;

std::optional<uint64_t> to_size(std::string_view text) {
    if (text.empty()) return std::nullopt;
    const std::optional<unsigned> suffix = suffix_shift(text.back());
    if (suffix) text.remove_suffix(1);
    const unsigned shift = suffix.value_or(kMebiShift);
    const std::optional<uint64_t> number = to_number(text);
    if (!number || *number > std::numeric_limits<uint64_t>::max() >> shift) return std::nullopt;
    return *number << shift;
}

}  // namespace

uint64_t parse_number(std::string_view option, std::string_view text) {
    if (const auto number = to_number(text)) return *number;
    throw UsageError(
        fmt::format("{}: '{}' is not a number (decimal, or hexadecimal with 0x)", option, text));
}

uint64_t parse_number(std::string_view option, std::string_view text, uint64_t low, uint64_t high) {
    const uint64_t number = parse_number(option, text);
    if (number >= low && number <= high) return number;
    throw UsageError(fmt::format("{}: {} is out of range ({} to {})", option, text, low, high));
}

uint64_t parse_size(std::string_view option, std::string_view text) {
    if (const auto size = to_size(text)) return *size;
    throw UsageError(fmt::format("{}: '{}' is not a size (try 512M)", option, text));
}

}  // namespace kiln
