#include "cpu/riscv/register_names.h"

#include <algorithm>
#include <charconv>

namespace kiln::riscv {
namespace {

std::optional<u8> find(std::string_view name, const std::array<std::string_view, 32>& names,
                       char numbered) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return static_cast<u8>(found - names.begin());
    if (name.size() < 2 || name.size() > 3 || name[0] != numbered) return std::nullopt;
    if (name.size() == 3 && name[1] == '0') return std::nullopt;
    u8 number = 0;
    const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), number);
    if (error != std::errc{} || end != name.data() + name.size() || number > 31)
        return std::nullopt;
    return number;
}

}  // namespace

std::optional<u8> x_register(std::string_view name) {
    return name == "fp" ? u8{8} : find(name, kXNames, 'x');
}

std::optional<u8> f_register(std::string_view name) { return find(name, kFNames, 'f'); }

}  // namespace kiln::riscv
