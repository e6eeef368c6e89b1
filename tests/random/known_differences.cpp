#include "known_differences.h"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace kiln::random_test {
namespace {

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> parts;
    std::istringstream stream(list);
    for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
    return parts;
}

bool has(const std::vector<std::string>& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

std::optional<riscv::Ext> extension(const std::string& name) {
    for (unsigned i = 0; i < static_cast<unsigned>(riscv::Ext::kCount); ++i)
        if (ext_name(static_cast<riscv::Ext>(i)) == name) return static_cast<riscv::Ext>(i);
    return std::nullopt;
}

}  // namespace

KnownDifferences::KnownDifferences(const std::string& file) {
    std::ifstream stream(file);
    if (!stream) throw std::runtime_error(file + ": cannot be read");
    std::string line;
    for (size_t number = 1; std::getline(stream, line); ++number) {
        if (line.empty() || line.front() == '#') continue;
        const size_t colon = line.find(": ");
        std::istringstream words(line.substr(0, colon));
        std::string verb, first, second;
        words >> verb >> first >> second;
        const auto ext = extension(first);
        if (colon == std::string::npos ||
            (verb == "lacks" ? !ext : verb != "differs" || second.empty()))
            throw std::runtime_error(fmt::format("{}:{}: malformed line", file, number));
        if (verb == "lacks")
            lacking_ |= ext_bit(*ext);
        else
            rules_.push_back({split(first), split(second), line.substr(colon + 2)});
    }
}

riscv::Isa KnownDifferences::supported(riscv::Isa isa) const {
    isa.extensions &= ~lacking_;
    return isa;
}

const std::string* KnownDifferences::explanation(const Finding& finding) const {
    auto matches = [&](const Rule& rule) {
        const bool kinds =
            std::all_of(finding.differences.begin(), finding.differences.end(),
                        [&](const Difference& d) { return has(rule.kinds, d.kind); });
        const auto& code = finding.sequence.code;
        return kinds && std::any_of(code.begin(), code.end(), [&](const Instruction& insn) {
                   return is_active(insn) && has(rule.mnemonics, insn_info(insn.id).mnemonic);
               });
    };
    const auto rule = std::find_if(rules_.begin(), rules_.end(), matches);
    return rule == rules_.end() ? nullptr : &rule->reason;
}

}  // namespace kiln::random_test
