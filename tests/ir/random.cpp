// Random instruction sequences on the interpreter and through IR, before and after each pass: all
// that they leave must be the same. Exit status: 0 the same, 1 a difference, 2 wrong usage, 3 a
// failure to run.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/isa_option.h"
#include "common/program_main.h"
#include "cpu/riscv/disassemble.h"
#include "ir/translating_engine.h"
#include "jit/ir/passes.h"
#include "random/generator.h"
#include "random/rig.h"

namespace kiln::ir_test {
namespace {

struct Arguments {
    std::string isa = "rv64";
    std::string profile = "mixed";
    u64 seed = 1;
    size_t count = 1000;
    unsigned length = 32;
    bool broken = false;
    bool costly = false;
};

using random_test::Outcome;
using random_test::RandomRig;

constexpr size_t kMostShown = 5;

// A pass that is wrong: the comparison must find it.
void subtract_for_add(ir::Block& block) {
    for (ir::Inst& inst : block.insts)
        if (inst.opcode == ir::Opcode::add) inst.opcode = ir::Opcode::sub;
}

// A way to run sequences.
struct Lane {
    Lane(const riscv::Isa& isa, std::string lane_name, const RandomRig::MakeEngine& make)
        : name(std::move(lane_name)), rig(isa, make) {}

    std::string name;
    RandomRig rig;
};

class Comparison {
  public:
    explicit Comparison(const Arguments& arguments)
        : isa_(test::parse_isa(arguments.isa)),
          broken_{"broken", {subtract_for_add}},
          interpreter_(isa_, [&](Memory& memory) {
              return isa_.xlen == 32 ? make_rv32_engine(memory) : make_rv64_engine(memory);
          }) {
        for (const Engine& engine : engines()) {
            if (engine.costly != arguments.costly) continue;
            if (arguments.broken) add(engine, broken_);
            for (const Preparation& preparation : preparations())
                if (!engine.costly || preparation.name == optimised().name)
                    add(engine, preparation);
        }
    }

    bool run(const Arguments& arguments) {
        random_test::Generator generator({.isa = isa_,
                                          .profile = random_test::find_profile(arguments.profile),
                                          .rounding = std::nullopt,
                                          .max_length = arguments.length},
                                         arguments.seed);
        size_t different = 0;
        for (size_t i = 0; i < arguments.count && different < kMostShown; ++i) {
            const random_test::Sequence sequence = generator.next();
            // Slices cut blocks short.
            random_test::Setting setting;
            setting.slice = i % 3 == 0 ? 1 + static_cast<i64>(i % 7) : i64{arguments.length} + 2;
            const auto expected = interpreter_.run(sequence, setting);
            for (auto& lane : lanes_) {
                const auto got = lane->rig.run(sequence, setting);
                if (got == expected) continue;
                ++different;
                show(i, *lane, sequence, expected, got);
            }
        }
        fmt::print("{} sequences of {}, {} lanes, {} differences\n", arguments.count, arguments.isa,
                   lanes_.size(), different);
        return different == 0;
    }

  private:
    void add(const Engine& engine, const Preparation& preparation) {
        lanes_.push_back(std::make_unique<Lane>(
            isa_, engine.name + ", " + preparation.name, [&](Memory& memory) {
                return make_translating_engine(isa_.xlen, memory, preparation, engine);
            }));
    }

    void show(size_t index, const Lane& lane, const random_test::Sequence& sequence,
              const std::vector<Outcome>& expected, const std::vector<Outcome>& got) const {
        fmt::print("sequence {}, {}:\n", index, lane.name);
        u64 pc = 0;
        for (const random_test::Instruction& insn : sequence.code) {
            fmt::print("  {:4}: {}\n", pc, riscv::disassemble(insn.bits, pc, isa_));
            pc += insn.length;
        }
        for (size_t i = 0; i < std::min(expected.size(), got.size()); ++i) {
            if (expected[i] == got[i]) continue;
            fmt::print("{}", random_test::describe_difference(expected[i], got[i]));
            return;
        }
        fmt::print("    expected {} traps, got {}\n", expected.size() - 1, got.size() - 1);
    }

    riscv::Isa isa_;
    Preparation broken_;
    RandomRig interpreter_;
    std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace
}  // namespace kiln::ir_test

int main(int argc, char** argv) {
    kiln::ir_test::Arguments arguments;
    CLI::App app("Random instruction sequences: interpreter against IR");
    app.add_option("--isa", arguments.isa, "rv64, rv32 or an ISA string");
    app.add_option("--profile", arguments.profile, "What sequences are made of")
        ->check(CLI::IsMember(kiln::random_test::profile_names()));
    app.add_option("--seed", arguments.seed, "Seed of the sequences");
    app.add_flag("--costly", arguments.costly, "Only engines that take long to prepare a block");
    app.add_option("--count", arguments.count, "Sequences")->check(CLI::PositiveNumber);
    app.add_option("--length", arguments.length, "Most instructions in a sequence")
        ->check(CLI::Range(1, 64));
    app.add_flag("--broken", arguments.broken, "Adds a wrong pass: must be found");
    return kiln::test::program_main(
        app, argc, argv, [&] { return kiln::ir_test::Comparison(arguments).run(arguments); });
}
