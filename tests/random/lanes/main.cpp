// Runs random instruction sequences on the interpreter and on engines with native code; all that
// they leave must be the same. Exit status: 0 the same, 1 a difference, 2 wrong usage, 3 a file
// that cannot be read or written.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fmt/format.h>

#include "common/isa_option.h"
#include "common/program_main.h"
#include "random/lanes/session.h"
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
    bool regions = false;
};

constexpr size_t kMostShown = 3;

// As many cases as were asked for, or as there is time for.
void run_seeds(const Arguments& arguments, LaneSession& session) {
    using Clock = std::chrono::steady_clock;
    const riscv::Isa isa = test::parse_isa(arguments.isa);
    const auto end = Clock::now() + std::chrono::duration<double>(arguments.seconds);
    fmt::print("{}, seeds from {}\n", isa.to_string(), arguments.seed);
    std::fflush(stdout);
    for (u64 seed = arguments.seed; session.different() < kMostShown; ++seed) {
        const bool more =
            arguments.seconds > 0 ? Clock::now() < end : seed - arguments.seed < arguments.count;
        if (!more) return;
        session.run_case(fmt::format("seed {}", seed), make_case(isa, arguments.profile, seed));
    }
}

std::vector<LaneKind> kinds(const Arguments& arguments) {
    if (arguments.broken) return {broken_lane()};
    return arguments.regions ? region_lane_kinds() : lane_kinds();
}

// Whether all lanes agree.
bool run(const Arguments& arguments) {
    LaneSession session(kinds(arguments), arguments.keep);
    if (arguments.replay.empty())
        run_seeds(arguments, session);
    else
        for (const std::string& name : arguments.replay) session.run_file(name);
    fmt::print("{} sequences, {} differ\n{}", session.cases(), session.different(),
               session.summary());
    return session.different() == 0;
}

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
    app.add_flag("--regions", arguments.regions, "Runs the backends that compile regions");
    app.add_flag("--broken", arguments.broken, "Runs a wrong backend: must be found");
    return kiln::test::program_main(app, argc, argv, [&] { return run(arguments); });
}
