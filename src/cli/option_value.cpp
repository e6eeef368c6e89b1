#include "cli/option_value.h"

#include "cli/number.h"

namespace kiln {

void add_value(CLI::App& app, const std::string& name, const std::string& value,
               const std::string& help, std::function<void(const std::string&)> set) {
    app.add_option_function<std::string>(name, std::move(set), help)->type_name(value)->take_last();
}

void add_text(CLI::App& app, const std::string& name, const std::string& value,
              const std::string& help, std::string& target) {
    add_value(app, name, value, help, [&target, name](const std::string& text) {
        if (text.empty()) throw UsageError(fmt::format("{}: is empty", name));
        target = text;
    });
}

void add_switch(CLI::App& app, const std::string& name, bool& target, const std::string& help) {
    app.add_flag(name, target, help)->disable_flag_override();
}

void add_load_address(CLI::App& app, uint64_t& target) {
    add_value(
        app, "--load-address", "A", "Where a flat IMAGE goes (0x80000000)",
        [&target](const std::string& text) { target = parse_number("--load-address", text); });
}

void add_file(CLI::App& app, const std::string& name, std::string& file, const std::string& help) {
    app.add_option(name, file, help)->type_name("")->required();
}

}  // namespace kiln
