// The kernels of a build folder, for the benchmarks that run in one process.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

struct Kernel {
    std::string name;
    std::string elf;
};

// Takes the argument --kernels=FILE out of the list; without it the file is `usual`. nullopt: the
// file, whose name is in `file`, cannot be read.
inline std::optional<std::vector<Kernel>> take_kernels(int& argc, char** argv, const char* usual,
                                                       std::string& file) {
    constexpr std::string_view kOption = "--kernels=";
    file = usual;
    int kept = 1;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument.starts_with(kOption)) {
            file = argument.substr(kOption.size());
        } else {
            argv[kept++] = argv[i];
        }
    }
    argc = kept;
    std::ifstream stream(file);
    if (!stream) return std::nullopt;
    std::vector<Kernel> kernels;
    const auto json = nlohmann::json::parse(stream);
    for (const auto& kernel : json.at("kernels"))
        kernels.push_back({kernel.at("name"), kernel.at("elf")});
    return kernels;
}
