#include "random/lanes/session.h"

#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>

namespace kiln::random_test {
namespace {

std::string describe(const Disagreement& disagreement) {
    const auto& [lane, expected, got] = disagreement;
    for (size_t i = 0; i < std::min(expected.size(), got.size()); ++i)
        if (!(expected[i] == got[i]))
            return fmt::format("  interpreter and \"{}\" differ at stop {}:\n{}", lane, i,
                               describe_difference(expected[i], got[i]));
    return fmt::format("  interpreter stops {} times, \"{}\" {} times\n", expected.size(), lane,
                       got.size());
}

}  // namespace

void keep(const std::string& folder, const std::string& text) {
    if (folder.empty()) return;
    std::filesystem::create_directories(folder);
    const std::string name = fmt::format("{}/{:016x}.txt", folder, std::hash<std::string>{}(text));
    if (!(std::ofstream(name) << text)) throw std::runtime_error(name + ": cannot be written");
    fmt::print("  kept as {}\n", name);
}

void LaneSession::run_file(const std::string& name) {
    std::ifstream file(name);
    if (!file) throw std::runtime_error(name + ": cannot be read");
    try {
        run_case(name, read_case(file));
    } catch (const std::exception& error) {
        throw std::runtime_error(name + ": " + error.what());
    }
}

void LaneSession::run_case(const std::string& name, Case test) {
    ++cases_;
    Lanes& lanes = lanes_of(test.isa);
    const auto found = lanes.run(test.sequence, test.setting);
    if (!found) return;
    ++different_;
    const std::string whole = to_text(test);
    // What it takes may lie in the cases before this one.
    if (lanes.run(test.sequence, test.setting)) shorten(test, lanes);
    const auto shown = lanes.run(test.sequence, test.setting);
    const std::string text = to_text(test);
    fmt::print("difference: {}, after {} cases\n{}{}", name, cases_ - 1, text,
               describe(shown ? *shown : *found));
    if (text != whole) fmt::print("  shortened from:\n{}", whole);
    std::fflush(stdout);
    keep(folder_, text);
}

std::string LaneSession::summary() const {
    std::string text;
    for (const auto& [isa, lanes] : lanes_) text += fmt::format("{}:\n{}", isa, lanes->summary());
    return text;
}

Lanes& LaneSession::lanes_of(const riscv::Isa& isa) {
    auto& lanes = lanes_[isa.to_string()];
    if (lanes == nullptr) lanes = std::make_unique<Lanes>(isa, kinds_);
    return *lanes;
}

}  // namespace kiln::random_test
