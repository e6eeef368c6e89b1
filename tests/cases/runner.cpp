// case_runner FILE...                    runs every case on every engine
// case_runner --must-fail FILE...        the same, but each case has to fail: tests the runner
// case_runner --coverage FILE...         checks that every row of the instruction table has cases
#include <fmt/format.h>
#include <set>
#include <string_view>

#include "cases/case.h"
#include "cases/rig.h"
#include "cpu/riscv/insn.h"

namespace kiln::cases {
namespace {

using riscv::InsnId;
using riscv::Isa;

bool run_everywhere(const Case& c, bool report) {
    bool passed = true;
    for (const Isa& isa : c.isas) {
        for (const EngineKind& kind : engines()) {
            const auto differences = run_case(c, isa, kind);
            if (differences.empty()) continue;
            passed = false;
            if (!report) continue;
            fmt::print("{}: rv{}, {}: {}\n", c.where, isa.xlen, kind.name, c.text);
            for (const std::string& line : differences) fmt::print("    {}\n", line);
        }
    }
    return passed;
}

int run_all(const std::vector<Case>& cases, bool must_fail) {
    size_t wrong = 0;
    for (const Case& c : cases) {
        if (run_everywhere(c, !must_fail) != must_fail) continue;
        ++wrong;
        if (must_fail) fmt::print("{}: passed, but must fail: {}\n", c.where, c.text);
    }
    fmt::print("{} cases, {} wrong\n", cases.size(), wrong);
    return wrong == 0 && !cases.empty() ? 0 : 1;
}

// Rows that appear in a case, by register width.
std::set<std::pair<unsigned, InsnId>> rows_used(const std::vector<Case>& cases) {
    std::set<std::pair<unsigned, InsnId>> used;
    for (const Case& c : cases)
        for (const Isa& isa : c.isas)
            for (u32 bits : assemble_case(c, isa).encodings)
                used.insert({isa.xlen, riscv::decode(bits, isa, {}).id});
    return used;
}

int check_coverage(const std::vector<Case>& cases) {
    const auto used = rows_used(cases);
    int missing = 0;
    for (size_t i = 0; i < riscv::kInsnCount; ++i) {
        const auto id = static_cast<InsnId>(i);
        const auto& info = riscv::insn_info(id);
        if (info.length == 0) continue;
        for (unsigned xlen : {32u, 64u}) {
            if (info.xlen == (xlen == 32 ? riscv::Width::kRv64 : riscv::Width::kRv32)) continue;
            if (used.contains({xlen, id})) continue;
            fmt::print("row {} ({}) has no case for rv{}\n", i, info.mnemonic, xlen);
            ++missing;
        }
    }
    return missing == 0 ? 0 : 1;
}

int main_of(int argc, char** argv) {
    bool must_fail = false;
    bool coverage = false;
    std::vector<Case> cases;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--must-fail") {
            must_fail = true;
        } else if (argument == "--coverage") {
            coverage = true;
        } else {
            auto more = read_cases(std::string(argument));
            cases.insert(cases.end(), std::make_move_iterator(more.begin()),
                         std::make_move_iterator(more.end()));
        }
    }
    return coverage ? check_coverage(cases) : run_all(cases, must_fail);
}

}  // namespace
}  // namespace kiln::cases

int main(int argc, char** argv) {
    try {
        return kiln::cases::main_of(argc, argv);
    } catch (const kiln::cases::CaseError& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 2;
    }
}
