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
    struct Rule {
        std::vector<std::string> mnemonics;
        std::vector<std::string> kinds;
        std::string reason;
    };
    u64 lacking_ = 0;  // extensions
    std::vector<Rule> rules_;
};

}  // namespace kiln::random_test
