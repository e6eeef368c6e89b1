#include "known_differences.h"

#include <algorithm>
#include <charconv>
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

// "*" is any value; nullopt: malformed.
std::optional<std::optional<u64>> parse_value(const std::string& text) {
    if (text == "*") return std::optional<u64>();
    u64 value;
    const char* end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, value, 16);
    if (error != std::errc() || last != end) return std::nullopt;
    return value;
}

std::optional<riscv::Ext> extension(const std::string& name) {
    for (unsigned i = 0; i < static_cast<unsigned>(riscv::Ext::kCount); ++i)
        if (ext_name(static_cast<riscv::Ext>(i)) == name) return static_cast<riscv::Ext>(i);
    return std::nullopt;
}

}  // namespace

bool KnownDifferences::Pattern::covers(const Difference& difference) const {
    return kind == difference.kind && kiln.value_or(difference.kiln) == difference.kiln &&
           qemu.value_or(difference.qemu) == difference.qemu;
}

// The sequence has one of the instructions, and all that differs is covered.
bool KnownDifferences::Rule::explains(const Finding& finding) const {
    const auto& code = finding.sequence.code;
    const bool named =
        std::any_of(code.begin(), code.end(),
                    [&](const Instruction& insn) {
                        const std::string_view mnemonic = insn_info(insn.id).mnemonic;
                        return is_active(insn) && std::find(mnemonics.begin(), mnemonics.end(),
                                                            mnemonic) != mnemonics.end();
                    }) ||
        mnemonics.front() == "*";
    return named && std::all_of(finding.differences.begin(), finding.differences.end(),
                                [&](const Difference& difference) {
                                    return std::any_of(patterns.begin(), patterns.end(),
                                                       [&](const Pattern& pattern) {
                                                           return pattern.covers(difference);
                                                       });
                                });
}

std::optional<KnownDifferences::Pattern> KnownDifferences::parse_pattern(const std::string& text) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos) return Pattern{text, {}, {}};
    const size_t slash = text.find('/', equals);
    if (slash == std::string::npos) return std::nullopt;
    const auto kiln = parse_value(text.substr(equals + 1, slash - equals - 1));
    const auto qemu = parse_value(text.substr(slash + 1));
    if (!kiln || !qemu) return std::nullopt;
    return Pattern{text.substr(0, equals), *kiln, *qemu};
}

std::optional<KnownDifferences::Rule> KnownDifferences::parse_rule(const std::string& mnemonics,
                                                                   const std::string& patterns,
                                                                   const std::string& reason) {
    Rule rule{split(mnemonics), {}, reason};
    for (const std::string& text : split(patterns)) {
        const auto pattern = parse_pattern(text);
        if (!pattern) return std::nullopt;
        rule.patterns.push_back(*pattern);
    }
    if (rule.mnemonics.empty() || rule.patterns.empty()) return std::nullopt;
    return rule;
}

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
        const std::string reason = colon == std::string::npos ? "" : line.substr(colon + 2);
        const auto ext = extension(first);
        const auto rule = parse_rule(first, second, reason);
        if (verb == "lacks" && ext && !reason.empty()) {
            lacking_ |= ext_bit(*ext);
        } else if (verb == "differs" && rule && !reason.empty()) {
            rules_.push_back(*rule);
        } else {
            throw std::runtime_error(fmt::format("{}:{}: malformed line", file, number));
        }
    }
}

riscv::Isa KnownDifferences::supported(riscv::Isa isa) const {
    isa.extensions &= ~lacking_;
    return isa;
}

const std::string* KnownDifferences::explanation(const Finding& finding) const {
    const auto rule = std::find_if(rules_.begin(), rules_.end(),
                                   [&](const Rule& r) { return r.explains(finding); });
    return rule == rules_.end() ? nullptr : &rule->reason;
}

}  // namespace kiln::random_test
