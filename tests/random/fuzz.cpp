// Looks for differences until it is stopped: random sequences in U-mode on the engines of this
// process, and privileged ones, in images, on Kiln's engines and on QEMU. Exit status: 0 none
// found, 1 a difference, 2 wrong usage, 3 a failure to run.
#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>

#include "common/program_main.h"
#include "random/known_differences.h"
#include "random/lanes/session.h"
#include "random/report.h"
#include "random/system/comparison.h"

namespace kiln::random_test {
namespace {

using Clock = std::chrono::steady_clock;

struct Arguments {
    SystemPrograms programs;
    std::string harness_32, harness_64, known;
    std::string folder = ".";
    std::string keep;
    std::vector<std::string> replay;
    u64 seed = 1;
    double seconds = 0;
    u64 rounds = 0;
    bool user = true;
    bool broken = false;
};

constexpr double kUserSeconds = 1;  // for sequences in U-mode in each round
constexpr double kProgressSeconds = 5;
constexpr size_t kTrials = 400;  // in an image
constexpr size_t kMostShown = 8;

std::atomic<bool> stopped = false;

void stop(int) { stopped = true; }

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string mnemonics_of(const Trial& trial) {
    std::string text;
    for (const SystemCase& test : trial.cases)
        text += fmt::format("{}{}", text.empty() ? "" : " | ",
                            mnemonics(Finding{0, test.sequence, 0, {}}));
    return text;
}

class Fuzzer {
  public:
    explicit Fuzzer(const Arguments& arguments)
        : arguments_(arguments),
          known_(arguments.known),
          user_(all_lane_kinds(), arguments.keep),
          system_(arguments.broken ? broken_system_lanes(arguments.programs)
                                   : system_lanes(arguments.programs),
                  {.harness_32 = read_harness(arguments.harness_32),
                   .harness_64 = read_harness(arguments.harness_64),
                   .folder = arguments.folder},
                  stopped) {
        std::filesystem::create_directories(arguments.folder);
    }

    // Whether nothing differs that nobody explained.
    bool run() {
        fmt::print("lanes:");
        for (const SystemLane& lane : system_.lanes()) fmt::print(" \"{}\"", lane.name);
        fmt::print("; seeds from {}\n", arguments_.seed);
        if (arguments_.replay.empty())
            for (u64 round = 0; !done() && (round < arguments_.rounds || arguments_.rounds == 0);
                 ++round)
                run_round(arguments_.seed + round);
        else
            for (const std::string& name : arguments_.replay) run_file(name);
        print_progress();
        for (const auto& [reason, count] : explained_)
            fmt::print("known difference, {} times: {}\n", count, reason);
        return different_ + user_.different() == 0;
    }

  private:
    bool done() const {
        return stopped || different_ + user_.different() >= kMostShown ||
               (arguments_.seconds > 0 && seconds_since(start_) >= arguments_.seconds);
    }

    void run_round(u64 round) {
        const riscv::Isa isa = riscv::Isa::everything(round % 3 == 2 ? 32 : 64);
        if (arguments_.user) run_user(isa, round);
        const size_t harts = size_t{1} << round % 3;
        run_system(isa, Family::kExact, harts, round);
        if (std::ranges::any_of(system_.lanes(), [](const auto& lane) { return !lane.exact; }))
            run_system(without_what_qemu_does_itself(known_.supported(isa)), Family::kAny, 1,
                       round);
    }

    void run_user(const riscv::Isa& isa, u64 round) {
        const Clock::time_point start = Clock::now();
        for (u64 seed = round << 24; seconds_since(start) < kUserSeconds && !done(); ++seed)
            user_.run_case(fmt::format("seed {}", seed), make_case(isa, std::nullopt, seed));
        show_progress();
    }

    void run_system(const riscv::Isa& isa, Family family, size_t harts, u64 round) {
        if (done()) return;
        std::vector<Trial> trials;
        for (u64 i = 0; i < kTrials / (harts * harts); ++i)
            trials.push_back(make_trial(isa, family, harts, (round << 24) + i));
        run_trials(trials, fmt::format("round {}", round));
    }

    void run_file(const std::string& name) {
        std::ifstream file(name);
        if (!file) throw std::runtime_error(name + ": cannot be read");
        try {
            run_trials({read_trial(file)}, name);
        } catch (const std::exception& error) {
            throw std::runtime_error(name + ": " + error.what());
        }
    }

    void run_trials(const std::vector<Trial>& trials, const std::string& name) {
        const std::vector<SystemFinding> findings = system_.run(trials);
        const bool exact = trials.front().family == Family::kExact;
        (exact ? exact_ : any_) += trials.size() * trials.front().cases.size();
        for (const SystemFinding& finding : findings) judge(finding, name);
        show_progress();
    }

    void judge(const SystemFinding& finding, const std::string& name) {
        const Sequence& sequence = finding.trial.cases[finding.hart].sequence;
        if (const std::string* reason =
                known_.explanation({0, sequence, kSystemStart, finding.differences});
            reason != nullptr && !finding.differences.empty() &&
            !system_.lanes()[finding.lane].exact) {
            ++explained_[*reason];
            return;
        }
        ++different_;
        const std::string text = to_text(finding.trial);
        fmt::print("difference: {}, \"{}\" and \"{}\": {}\n{}", name, system_.lanes().front().name,
                   system_.lanes()[finding.lane].name, mnemonics_of(finding.trial), text);
        for (const Difference& difference : finding.differences)
            fmt::print("  {}: {:#x}, {:#x}\n", difference.field, difference.kiln, difference.qemu);
        if (finding.differences.empty())
            fmt::print("  one of them does not end it, or it takes the trials before it\n");
        keep(arguments_.keep, text);
        std::fflush(stdout);
    }

    void show_progress() {
        if (seconds_since(shown_) >= kProgressSeconds) print_progress();
    }

    void print_progress() {
        shown_ = Clock::now();
        const double seconds = seconds_since(start_);
        const u64 cases = user_.cases() + exact_ + any_;
        fmt::print(
            "fuzz: {:.0f} s, {} cases in U-mode, {} privileged, {} privileged with QEMU, "
            "{:.0f} cases/s, {} without an end, {} differ\n",
            seconds, user_.cases(), exact_, any_, static_cast<double>(cases) / seconds,
            system_.endless(), different_ + user_.different());
        std::fflush(stdout);
    }

    const Arguments& arguments_;
    KnownDifferences known_;
    LaneSession user_;
    SystemComparison system_;
    std::map<std::string, u64> explained_;
    u64 exact_ = 0, any_ = 0, different_ = 0;
    const Clock::time_point start_ = Clock::now();
    Clock::time_point shown_ = start_;
};

}  // namespace
}  // namespace kiln::random_test

int main(int argc, char** argv) {
    using namespace kiln::random_test;
    Arguments arguments;
    CLI::App app("Random differential tests of engines, and of Kiln and QEMU, until stopped");
    app.add_option("--kiln", arguments.programs.kiln, "The kiln program")->required();
    app.add_option("--qemu-32", arguments.programs.qemu_32, "qemu-system-riscv32");
    app.add_option("--qemu-64", arguments.programs.qemu_64, "qemu-system-riscv64");
    app.add_option("--harness-32", arguments.harness_32, "Flat binary of system/harness.S")
        ->required();
    app.add_option("--harness-64", arguments.harness_64, "Flat binary of system/harness.S")
        ->required();
    app.add_option("--known", arguments.known, "List of known differences")->required();
    app.add_option("--folder", arguments.folder, "Where files are written");
    app.add_option("--keep", arguments.keep, "Folder for files with what differs");
    app.add_option("--replay", arguments.replay, "Files with privileged cases to run instead");
    app.add_option("--seed", arguments.seed, "Number of the first round; the next has the next");
    app.add_option("--seconds", arguments.seconds, "Time to run for (default: until stopped)");
    app.add_option("--rounds", arguments.rounds, "Rounds to run (default: until stopped)");
    app.add_flag("!--no-user", arguments.user, "Leaves the sequences in U-mode out");
    bool no_qemu = false;
    app.add_flag("--no-qemu", no_qemu, "Leaves QEMU out");
    app.add_flag("--broken", arguments.broken, "Runs a wrong emulator: must be found");
    return kiln::test::program_main(app, argc, argv, [&] {
        if (no_qemu) arguments.programs.qemu_32 = arguments.programs.qemu_64 = {};
        std::signal(SIGINT, stop);
        std::signal(SIGTERM, stop);
        return Fuzzer(arguments).run();
    });
}
