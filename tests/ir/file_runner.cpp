// ir_files FILE...               runs every block on every engine, as it stands and after passes
// ir_files --must-fail FILE...   the same, but each run has to fail: tests the runner
// ir_files --coverage FILE...    checks that every operation and terminal occurs
#include <fmt/format.h>
#include <set>
#include <string_view>

#include "ir/file_rig.h"
#include "jit/ir/text.h"
#include "jit/ir/verifier.h"

namespace kiln::ir_test {
namespace {

// What was printed must read back as the same block.
void check_round_trip(const ir::Block& block) {
    const std::string text = ir::print(block);
    const ir::Block again = ir::parse(text, helpers());
    if (ir::print(again) != text || again.insts.size() != block.insts.size())
        throw FileError("the text does not read back as the block:\n" + text);
}

class Runner {
  public:
    explicit Runner(bool must_fail) : must_fail_(must_fail) {}

    void run_file(const std::string& path) {
        for (const IrCase& c : read_ir_file(path)) {
            path_ = path;
            passed_.assign(c.runs.size(), true);
            for (const Preparation& preparation : preparations()) run_case(c, preparation);
            for (size_t i = 0; i < c.runs.size(); ++i) {
                ++runs_;
                if (passed_[i] != must_fail_) continue;
                ++wrong_;
                if (must_fail_) fmt::print("{}:{}: passed, but must fail\n", path, c.runs[i].line);
            }
        }
    }
    int finish() const {
        fmt::print("{} runs, {} wrong\n", runs_, wrong_);
        return wrong_ == 0 && runs_ != 0 ? 0 : 1;
    }

  private:
    void run_case(const IrCase& c, const Preparation& preparation) {
        ir::Block block = c.block;
        prepare(block, preparation);
        check_round_trip(block);
        const bool common =
            preparation.name == unoptimised().name || preparation.name == optimised().name;
        for (const Engine& engine : engines()) {
            if (engine.costly && !common) continue;
            for (size_t i = 0; i < c.runs.size(); ++i) {
                const auto differences = run_block(block, c.runs[i], engine);
                if (differences.empty()) continue;
                passed_[i] = false;
                if (must_fail_) continue;
                fmt::print("{}:{}: {} on {}, {}\n", path_, c.runs[i].line, c.name, engine.name,
                           preparation.name);
                for (const std::string& line : differences) fmt::print("    {}\n", line);
                fmt::print("{}", ir::print(block));
            }
        }
    }

    bool must_fail_;
    std::string path_;
    std::vector<bool> passed_;  // by run of the case
    size_t runs_ = 0;
    size_t wrong_ = 0;
};

int check_coverage(int count, char** paths) {
    std::set<ir::Opcode> opcodes;
    std::set<size_t> terminals;
    for (int i = 0; i < count; ++i) {
        for (const IrCase& c : read_ir_file(paths[i])) {
            for (const ir::Inst& inst : c.block.insts) opcodes.insert(inst.opcode);
            terminals.insert(c.block.terminal.index());
        }
    }
    for (size_t i = 0; i < ir::kOpcodeCount; ++i)
        if (!opcodes.contains(static_cast<ir::Opcode>(i)))
            fmt::print("{} is in no file\n", ir::kOpcodes[i].name);
    const bool all =
        opcodes.size() == ir::kOpcodeCount && terminals.size() == std::variant_size_v<ir::Terminal>;
    return all ? 0 : 1;
}

}  // namespace
}  // namespace kiln::ir_test

int main(int argc, char** argv) {
    using namespace kiln;
    const std::string_view option = argc > 1 ? argv[1] : "";
    const bool must_fail = option == "--must-fail";
    try {
        if (option == "--coverage") return ir_test::check_coverage(argc - 2, argv + 2);
        ir_test::Runner runner(must_fail);
        for (int i = must_fail ? 2 : 1; i < argc; ++i) runner.run_file(argv[i]);
        return runner.finish();
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 2;
    }
}
