#include "cases/value.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <string>

#include "support/parse_int.h"

namespace kiln::cases {
namespace {

struct Format {
    char letter;
    unsigned bits;
    unsigned fraction;
};
constexpr Format kFormats[] = {{'h', 16, 10}, {'s', 32, 23}, {'d', 64, 52}};

u64 infinity(const Format& format) {
    return ((u64{1} << (format.bits - 1 - format.fraction)) - 1) << format.fraction;
}

// A double that the format holds exactly.
std::optional<u64> encode_exactly(double value, const Format& format) {
    if (format.bits == 64) return std::bit_cast<u64>(value);
    const int bias = (1 << (format.bits - 2 - format.fraction)) - 1;
    const u64 sign = u64{std::signbit(value)} << (format.bits - 1);
    const double magnitude = std::fabs(value);
    if (magnitude == 0) return sign;
    const int exponent = std::max(std::ilogb(magnitude), 1 - bias);
    if (exponent > bias) return std::nullopt;
    const double scaled = std::ldexp(magnitude, static_cast<int>(format.fraction) - exponent);
    const u64 significand = static_cast<u64>(scaled);
    if (static_cast<double>(significand) != scaled) return std::nullopt;
    // A normal number's leading bit adds one to the exponent field.
    return sign | ((static_cast<u64>(exponent + bias - 1) << format.fraction) + significand);
}

std::optional<u64> float_bits(std::string_view text, const Format& format) {
    if (text.starts_with("0x") && text.find('p') == std::string_view::npos) {
        const auto bits = parse_int(text);
        return bits ? std::optional(static_cast<u64>(*bits)) : std::nullopt;
    }
    std::string_view plain = text;
    const bool negative = plain.starts_with('-');
    if (negative) plain.remove_prefix(1);
    const u64 sign = u64{negative} << (format.bits - 1);
    if (plain == "inf") return sign | infinity(format);
    if (plain == "nan") return sign | infinity(format) | u64{1} << (format.fraction - 1);
    if (plain == "snan") return sign | infinity(format) | 1;
    const std::string copy(text);
    char* end = nullptr;
    const double value = std::strtod(copy.c_str(), &end);
    if (end == copy.c_str() || *end != '\0' || !std::isfinite(value)) return std::nullopt;
    return encode_exactly(value, format);
}

std::optional<u64> flags(std::string_view text) {
    constexpr std::string_view kNames[] = {"nx", "uf", "of", "dz", "nv"};
    u64 all = 0;
    while (!text.empty()) {
        const std::string_view name = text.substr(0, text.find('+'));
        bool known = false;
        for (unsigned bit = 0; bit < 5; ++bit) {
            if (kNames[bit] != name) continue;
            all |= u64{1} << bit;
            known = true;
        }
        if (!known) return std::nullopt;
        text.remove_prefix(std::min(name.size() + 1, text.size()));
    }
    return all;
}

}  // namespace

std::optional<u64> parse_value(std::string_view text) {
    if (text == "u") return 0;
    if (text == "s") return 1;
    if (text == "m") return 3;
    for (const Format& format : kFormats) {
        if (text.size() < 3 || text[0] != format.letter || text[1] != ':') continue;
        const auto bits = float_bits(text.substr(2), format);
        if (!bits) return std::nullopt;
        return format.bits == 64 ? *bits : *bits | ~u64{0} << format.bits;
    }
    if (const auto number = parse_int(text)) return static_cast<u64>(*number);
    return text.empty() ? std::nullopt : flags(text);
}

}  // namespace kiln::cases
