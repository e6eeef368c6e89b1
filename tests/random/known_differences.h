// The checked-in list of what QEMU is known to do otherwise (known-differences.txt says its form).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "comparison.h"

namespace kiln::random_test {

class KnownDifferences {
  public:
    // Throws std::runtime_error with name and line number where the file cannot be read.
    explicit KnownDifferences(const std::string& file);

    // `isa` without the extensions that QEMU lacks.
    riscv::Isa supported(riscv::Isa isa) const;
    // Why the finding is no error; nullptr: nobody knows.
    const std::string* explanation(const Finding& finding) const;

  private:
    // A kind of difference, with certain values or any.
    struct Pattern {
        std::string kind;
        std::optional<u64> kiln, qemu;

        bool covers(const Difference& difference) const;
    };
    struct Rule {
        std::vector<std::string> mnemonics;
        std::vector<Pattern> patterns;
        std::string reason;

        bool explains(const Finding& finding) const;
    };
    static std::optional<Pattern> parse_pattern(const std::string& text);
    static std::optional<Rule> parse_rule(const std::string& mnemonics, const std::string& patterns,
                                          const std::string& reason);

    u64 lacking_ = 0;  // extensions
    std::vector<Rule> rules_;
};

}  // namespace kiln::random_test
