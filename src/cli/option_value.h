// Options with one value, as all commands have them.
#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fmt/format.h>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "support/error.h"

namespace kiln {

// What a footer of the help says of exit statuses.
inline constexpr const char* kExitStatuses =
    "Exit status: the guest's own; 124 instruction limit; 2 wrong usage;\n"
    "65 bad input; 70 internal error.";

// Hands the text of option `name` to `set`. `value` is what the help calls it. The last one counts
// where an option is given twice, as in QEMU: scripts add to what they have.
void add_value(CLI::App& app, const std::string& name, const std::string& value,
               const std::string& help, std::function<void(const std::string&)> set);

// The same for a text that must not be empty.
void add_text(CLI::App& app, const std::string& name, const std::string& value,
              const std::string& help, std::string& target);

// A flag, which takes no value.
void add_switch(CLI::App& app, const std::string& name, bool& target, const std::string& help);

// --load-address of a flat image.
void add_load_address(CLI::App& app, uint64_t& target);

// The name of a file that a command cannot do without.
void add_file(CLI::App& app, const std::string& name, std::string& file, const std::string& help);

// Picks the entry that `text` names. Throws UsageError where there is none.
template <typename T, size_t N>
T choose(const char* option, const std::string& text,
         const std::array<std::pair<std::string_view, T>, N>& choices) {
    std::string names;
    for (const auto& [name, value] : choices) {
        if (name == text) return value;
        names += names.empty() ? "" : ", ";
        names += name;
    }
    throw UsageError(fmt::format("{}: '{}' is not one of: {}", option, text, names));
}

}  // namespace kiln
