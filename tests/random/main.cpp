// Runs random instruction sequences on Kiln and on QEMU and compares what they leave.
// Exit status: 0 the same but for known differences, 1 a difference, 2 wrong usage, 3 a failure to
// run.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <map>

#include "common/isa_option.h"
#include "common/program_main.h"
#include "cpu/riscv/register_names.h"
#include "generator.h"
#include "known_differences.h"
#include "report.h"

namespace kiln::random_test {
namespace {

struct Arguments {
    std::string kiln, qemu, harness, known;
    std::string folder = ".";
    std::string isa = "rv64";
    std::string profile = "mixed";
    std::string rounding;
    std::string backend = "interp";
    u64 seed = 1;
    size_t count = 4000;
    unsigned repeat = 1;
    unsigned length = 16;
    unsigned seconds = 120;
    bool endless = false;
    bool alter = false;
};

// Findings with the same instructions that are shown.
constexpr size_t kMostAlike = 2;

std::optional<unsigned> parse_rounding(const std::string& name) {
    for (unsigned mode = 0; mode < 5; ++mode)
        if (riscv::kRoundingNames[mode] == name) return mode;
    return std::nullopt;
}

// Gives Kiln another instruction in one place: the comparison must find it.
void alter_one(std::vector<Sequence>& sequences) {
    for (Sequence& sequence : sequences) {
        Instruction& last = sequence.code.back();
        if (last.id != riscv::InsnId::xori || (last.bits >> 7 & 31) == 0) continue;
        last.altered ^= 1u << 20;  // the lowest bit of the immediate
        return;
    }
    throw std::runtime_error("no sequence ends in an xori that could be altered");
}

class Session {
  public:
    explicit Session(const Arguments& arguments)
        : arguments_(arguments),
          known_(arguments.known),
          isa_(known_.supported(test::parse_isa(arguments.isa))),
          totals_(isa_) {
        if (!isa_.has(riscv::Ext::kZicsr)) throw std::runtime_error("the harness needs Zicsr");
        std::filesystem::create_directories(arguments.folder);
    }

    // Whether all is the same or explained.
    bool run(u64 seed) {
        fmt::print("seed {}\n", seed);
        std::fflush(stdout);
        const std::vector<Sequence> sequences = make(seed);
        const ImageWriter writer(read_harness(arguments_.harness), seed);
        const Comparison comparison(kiln_emulator(arguments_.kiln, arguments_.backend, isa_),
                                    qemu_emulator(arguments_.qemu, isa_), writer,
                                    {.isa = isa_, .repeat = arguments_.repeat}, arguments_.folder,
                                    arguments_.seconds);
        return judge(comparison.run(sequences));
    }

    void print_totals() const {
        fmt::print("{}\n", totals_.text());
        for (const auto& [reason, count] : explained_)
            fmt::print("known difference, {} times: {}\n", count, reason);
        std::fflush(stdout);
    }

  private:
    std::vector<Sequence> make(u64 seed) {
        Generator generator({.isa = isa_,
                             .profile = find_profile(arguments_.profile),
                             .rounding = parse_rounding(arguments_.rounding),
                             .max_length = arguments_.length},
                            seed);
        std::vector<Sequence> sequences;
        for (size_t i = 0; i < arguments_.count; ++i) {
            sequences.push_back(generator.next());
            totals_.add(sequences.back());
        }
        if (arguments_.alter) alter_one(sequences);
        return sequences;
    }

    bool judge(const std::vector<Finding>& findings) {
        std::map<std::string, size_t> unexplained;
        for (const Finding& finding : findings) {
            if (const std::string* reason = known_.explanation(finding))
                ++explained_[*reason];
            else if (++unexplained[mnemonics(finding)] <= kMostAlike)
                fmt::print("difference: {}", describe(finding, isa_));
        }
        for (const auto& [instructions, count] : unexplained)
            fmt::print("differs in {} sequences: {}\n", count, instructions);
        return unexplained.empty();
    }

    const Arguments& arguments_;
    KnownDifferences known_;
    riscv::Isa isa_;
    Totals totals_;
    std::map<std::string, u64> explained_;
};

// Whether all is the same or explained, for every seed.
bool run(const Arguments& arguments) {
    Session session(arguments);
    bool same = session.run(arguments.seed);
    for (u64 seed = arguments.seed + 1; arguments.endless; ++seed) {
        session.print_totals();
        same = session.run(seed) && same;
    }
    session.print_totals();
    return same;
}

}  // namespace
}  // namespace kiln::random_test

int main(int argc, char** argv) {
    using namespace kiln::random_test;
    Arguments arguments;
    CLI::App app("Random instruction sequences: Kiln against QEMU");
    app.add_option("--kiln", arguments.kiln, "The kiln program")->required();
    app.add_option("--qemu", arguments.qemu, "qemu-system-riscv64 or -riscv32")->required();
    app.add_option("--harness", arguments.harness, "Flat binary of harness.S")->required();
    app.add_option("--known", arguments.known, "List of known differences")->required();
    app.add_option("--folder", arguments.folder, "Where files are written");
    app.add_option("--isa", arguments.isa, "rv64 or rv32: all that QEMU has; or an ISA string");
    app.add_option("--profile", arguments.profile, "What sequences are made of")
        ->check(CLI::IsMember(profile_names()));
    app.add_option("--rounding", arguments.rounding, "Mode that most instructions round in")
        ->check(CLI::IsMember({"rne", "rtz", "rdn", "rup", "rmm"}));
    app.add_option("--backend", arguments.backend, "Kiln's engine");
    app.add_option("--seed", arguments.seed, "Seed of the sequences");
    app.add_option("--count", arguments.count, "Sequences for a seed")->check(CLI::PositiveNumber);
    app.add_option("--length", arguments.length, "Most instructions in a sequence")
        ->check(CLI::Range(1, 16));
    app.add_option("--repeat", arguments.repeat, "Runs of each sequence from its initial state")
        ->check(CLI::PositiveNumber);
    app.add_option("--timeout", arguments.seconds, "Seconds that a run may take");
    app.add_flag("--endless", arguments.endless, "Go on with the next seed for ever");
    app.add_flag("--alter", arguments.alter, "Alter one of Kiln's instructions: must be found");
    return kiln::test::program_main(app, argc, argv, [&] { return run(arguments); });
}
