// Runs every floating-point instruction of the guest on edge and random operands, in every rounding
// mode, on the interpreter and on native code, and compares results and flags with MPFR's.
// Exit status: 0 equal, 1 a difference, 2 wrong usage, 3 a failure to run.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>

#include "common/program_main.h"
#include "cpu/riscv/register_names.h"
#include "float/guest_loop.h"

namespace kiln::float_test {
namespace {

struct Arguments {
    std::vector<std::string> operations;
    u64 count = 120000;
    u64 seed = 1;
    bool broken = false;
};

constexpr unsigned kModes = 5;
constexpr u64 kMostShown = 3;  // differences of an instruction

// Whether `mnemonic` is asked for: by itself, or by its ending, such as ".d".
bool wanted(const Arguments& arguments, std::string_view mnemonic) {
    if (arguments.operations.empty()) return true;
    return std::ranges::any_of(arguments.operations, [&](const std::string& name) {
        return name.starts_with('.') ? mnemonic.ends_with(name) : mnemonic == name;
    });
}

class Session {
  public:
    explicit Session(const Arguments& arguments) : arguments_(arguments) {
        std::vector<random_test::LaneKind> kinds = {{"interp", {}}};
        if (arguments.broken)
            kinds.push_back(random_test::broken_lane());
        else
            std::ranges::copy(random_test::lane_kinds(), std::back_inserter(kinds));
        for (const unsigned xlen : {64u, 32u})
            for (const auto& kind : kinds)
                lanes_.push_back(
                    {xlen, std::make_unique<GuestLoop>(riscv::Isa::everything(xlen), kind)});
    }

    // Whether all is equal.
    bool run() {
        for (const Operation& operation : operations())
            if (wanted(arguments_, insn_info(operation.id).mnemonic)) compare(operation);
        fmt::print("{} instructions, {} operands, {} answers compared on {} lanes, {} differ\n",
                   instructions_, operands_, compared_, lanes_.size(), different_);
        return different_ == 0 && instructions_ != 0;
    }

  private:
    struct Lane {
        unsigned xlen;
        std::unique_ptr<GuestLoop> loop;
    };

    void compare(const Operation& operation) {
        test::FpOperands random(arguments_.seed + static_cast<u64>(operation.id));
        const u64 before = compared_;
        shown_ = 0;
        for (u64 first = 0; first < arguments_.count; first += GuestLoop::kMost) {
            std::vector<Sources> operands;
            for (u64 i = first; i < std::min(arguments_.count, first + GuestLoop::kMost); ++i)
                operands.push_back(operation.operands(random, i));
            for (unsigned mode = 0; mode < (operation.rounds ? kModes : 1); ++mode)
                compare(operation, static_cast<Rounding>(mode), operands);
        }
        ++instructions_;
        fmt::print("{}: {} operands{}, {} answers\n", insn_info(operation.id).mnemonic,
                   arguments_.count, operation.rounds ? " in each of 5 modes" : "",
                   compared_ - before);
        std::fflush(stdout);
    }

    void compare(const Operation& operation, Rounding mode, const std::vector<Sources>& operands) {
        std::vector<Answer> expected;
        for (const Sources& sources : operands)
            expected.push_back(operation.expected(sources, mode));
        operands_ += operands.size();
        const riscv::Width width = insn_info(operation.id).xlen;
        for (const Lane& lane : lanes_) {
            if (lane.xlen == 32 && width == riscv::Width::kRv64) continue;
            for (const Source source : {Source::kFrm, Source::kInstruction}) {
                if (source == Source::kInstruction && !operation.rounds) continue;
                const auto got = lane.loop->run(operation, mode, source, operands);
                for (size_t i = 0; i < operands.size(); ++i)
                    judge(operation, lane, mode, operands[i], expected[i], got[i]);
            }
        }
    }

    void judge(const Operation& operation, const Lane& lane, Rounding mode, const Sources& sources,
               Answer expected, const Answer& got) {
        ++compared_;
        if (operation.to_x && lane.xlen == 32) expected.value = static_cast<u32>(expected.value);
        if (got == expected) return;
        ++different_;
        if (++shown_ > kMostShown) return;
        fmt::print("difference: {}, {}, {}: of", lane.loop->name(),
                   insn_info(operation.id).mnemonic,
                   riscv::kRoundingNames[static_cast<size_t>(mode)]);
        for (unsigned i = 0; i < operation.sources; ++i) fmt::print(" {:#x}", sources[i]);
        fmt::print(": expected {:#x} flags {:#x}, got {:#x} flags {:#x}\n", expected.value,
                   expected.flags, got.value, got.flags);
    }

    const Arguments& arguments_;
    std::vector<Lane> lanes_;
    u64 instructions_ = 0, operands_ = 0, compared_ = 0, different_ = 0;
    u64 shown_ = 0;
};

}  // namespace
}  // namespace kiln::float_test

int main(int argc, char** argv) {
    using namespace kiln::float_test;
    Arguments arguments;
    CLI::App app("Floating-point instructions against MPFR");
    app.add_option("--count", arguments.count, "Operands for each instruction and rounding mode")
        ->check(CLI::PositiveNumber);
    app.add_option("--seed", arguments.seed, "Seed of the operands");
    app.add_option("--operation", arguments.operations,
                   "Instructions (fadd.s), or their endings (.s); default: all");
    app.add_flag("--broken", arguments.broken, "Runs a wrong backend: must be found");
    return kiln::test::program_main(app, argc, argv, [&] { return Session(arguments).run(); });
}
