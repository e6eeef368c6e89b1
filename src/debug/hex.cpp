#include "debug/hex.h"

#include <algorithm>
#include <charconv>

namespace kiln::debug {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr size_t kMostDigits = 16;

std::optional<unsigned> digit(char c) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    const size_t at = kDigits.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    return static_cast<unsigned>(at);
}

}  // namespace

std::string to_hex(std::span<const std::byte> bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::byte byte : bytes) {
        text += kDigits[static_cast<size_t>(byte) >> 4];
        text += kDigits[static_cast<size_t>(byte) & 15];
    }
    return text;
}

std::string to_hex(std::string_view text) { return to_hex(std::as_bytes(std::span(text))); }

std::string register_to_hex(u64 value, unsigned bytes) {
    return to_hex(std::as_bytes(std::span(&value, 1)).first(bytes));
}

std::optional<std::vector<std::byte>> from_hex(std::string_view digits) {
    if (digits.size() % 2 != 0) return std::nullopt;
    std::vector<std::byte> bytes;
    bytes.reserve(digits.size() / 2);
    for (size_t i = 0; i < digits.size(); i += 2) {
        const auto high = digit(digits[i]);
        const auto low = digit(digits[i + 1]);
        if (!high || !low) return std::nullopt;
        bytes.push_back(static_cast<std::byte>(*high << 4 | *low));
    }
    return bytes;
}

std::optional<u64> register_from_hex(std::string_view digits) {
    const auto bytes = from_hex(digits);
    if (!bytes || bytes->empty() || bytes->size() > sizeof(u64)) return std::nullopt;
    u64 value = 0;
    for (size_t i = bytes->size(); i-- > 0;) value = value << 8 | static_cast<u64>((*bytes)[i]);
    return value;
}

bool Fields::take(std::string_view prefix) {
    if (!left_.starts_with(prefix)) return false;
    left_.remove_prefix(prefix.size());
    return true;
}

std::optional<u64> Fields::number() {
    const auto is_no_digit = [](char c) { return !digit(c); };
    const auto count =
        static_cast<size_t>(std::ranges::find_if(left_, is_no_digit) - left_.begin());
    if (count == 0 || count > kMostDigits) return std::nullopt;
    u64 value = 0;
    std::from_chars(left_.data(), left_.data() + count, value, 16);
    left_.remove_prefix(count);
    return value;
}

std::string_view Fields::until(char end) {
    const size_t at = left_.find(end);
    const std::string_view field = left_.substr(0, at);
    left_.remove_prefix(at == std::string_view::npos ? left_.size() : at + 1);
    return field;
}

}  // namespace kiln::debug
