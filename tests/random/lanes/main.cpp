// Runs random instruction sequences on the interpreter and on engines with native code; all that
// they leave must be the same. Exit status: 0 the same, 1 a difference, 2 wrong usage, 3 a file
// that cannot be read or written.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>

#include "random/lanes/lanes.h"
#include "random/profile.h"

namespace kiln::random_test {
namespace {

struct Arguments {
    std::string isa = "rv64";
    std::optional<std::string> profile;
    std::vector<std::string> replay;
    std::string keep;
    u64 seed = 1;
    u64 count = 2000;
    double seconds = 0;
    bool broken = false;
};

constexpr size_t kMostShown = 3;

riscv::Isa parse_isa(const std::string& text) {
    if (text == "rv64") return riscv::Isa::everything(64);
    if (text == "rv32") return riscv::Isa::everything(32);
    return riscv::Isa::parse(text);
}

std::string describe(const Disagreement& disagreement) {
    const auto& [lane, expected, got] = disagreement;
    for (size_t i = 0; i < std::min(expected.size(), got.size()); ++i)
        if (!(expected[i] == got[i]))
            return fmt::format("  interpreter and \"{}\" differ at stop {}:\n{}", lane, i,
                               describe_difference(expected[i], got[i]));
    return fmt::format("  interpreter stops {} times, \"{}\" {} times\n", expected.size(), lane,
                       got.size());
}

class Session {
  public:
    explicit Session(const Arguments& arguments) : arguments_(arguments) {}

    // Whether all lanes agree.
    bool run() {
        if (arguments_.replay.empty())
            run_seeds();
        else
            for (const std::string& name : arguments_.replay) run_file(name);
        fmt::print("{} sequences, {} differ\n", cases_, different_);
        for (const auto& [isa, lanes] : lanes_) fmt::print("{}:\n{}", isa, lanes->summary());
        return different_ == 0;
    }

  private:
    // As many as were asked for, or as there is time for.
    void run_seeds() {
        using Clock = std::chrono::steady_clock;
        const riscv::Isa isa = parse_isa(arguments_.isa);
        const auto end = Clock::now() + std::chrono::duration<double>(arguments_.seconds);
        fmt::print("{}, seeds from {}\n", isa.to_string(), arguments_.seed);
        std::fflush(stdout);
        for (u64 seed = arguments_.seed; different_ < kMostShown; ++seed) {
            const bool more = arguments_.seconds > 0 ? Clock::now() < end
                                                     : seed - arguments_.seed < arguments_.count;
            if (!more) return;
            run_case(fmt::format("seed {}", seed), make_case(isa, arguments_.profile, seed));
        }
    }

    void run_file(const std::string& name) {
        std::ifstream file(name);
        if (!file) throw std::runtime_error(name + ": cannot be read");
        try {
            run_case(name, read_case(file));
        } catch (const std::exception& error) {
            throw std::runtime_error(name + ": " + error.what());
        }
    }

    void run_case(const std::string& name, Case test) {
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
        keep(text);
    }

    void keep(const std::string& text) {
        if (arguments_.keep.empty()) return;
        std::filesystem::create_directories(arguments_.keep);
        const std::string name =
            fmt::format("{}/{:016x}.txt", arguments_.keep, std::hash<std::string>{}(text));
        if (!(std::ofstream(name) << text)) throw std::runtime_error(name + ": cannot be written");
        fmt::print("  kept as {}\n", name);
    }

    Lanes& lanes_of(const riscv::Isa& isa) {
        auto& lanes = lanes_[isa.to_string()];
        if (lanes == nullptr)
            lanes = std::make_unique<Lanes>(
                isa, arguments_.broken ? std::vector{broken_lane()} : lane_kinds());
        return *lanes;
    }

    const Arguments& arguments_;
    std::map<std::string, std::unique_ptr<Lanes>> lanes_;  // by ISA
    u64 cases_ = 0;
    u64 different_ = 0;
};

}  // namespace
}  // namespace kiln::random_test

int main(int argc, char** argv) {
    using namespace kiln::random_test;
    Arguments arguments;
    CLI::App app("Random instruction sequences: interpreter against native code");
    app.add_option("--isa", arguments.isa, "rv64, rv32 or an ISA string");
    app.add_option("--profile", arguments.profile, "What sequences are made of (default: any)")
        ->check(CLI::IsMember(profile_names()));
    app.add_option("--seed", arguments.seed, "Seed of the first sequence; the next has the next");
    app.add_option("--count", arguments.count, "Sequences");
    app.add_option("--seconds", arguments.seconds, "Time to run for, in place of a count");
    app.add_option("--replay", arguments.replay, "Files with sequences to run instead");
    app.add_option("--keep", arguments.keep, "Folder for files with the sequences that differ");
    app.add_flag("--broken", arguments.broken, "Runs a wrong backend: must be found");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        return Session(arguments).run() ? 0 : 1;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 3;
    }
}
