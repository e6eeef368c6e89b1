// What is printed: findings, and how much was compared.
#pragma once

#include <array>
#include <string>

#include "comparison.h"
#include "profile.h"

namespace kiln::random_test {

// A finding as text: its instructions, what they read, and where the two sides differ.
std::string describe(const Finding& finding, const riscv::Isa& isa);

// The mnemonics of its instructions, "lr.w sc.d".
std::string mnemonics(const Finding& finding);

class Totals {
  public:
    explicit Totals(const riscv::Isa& isa) : isa_(isa) {}

    void add(const Sequence& sequence);
    std::string text() const;

  private:
    riscv::Isa isa_;
    u64 sequences_ = 0;
    u64 instructions_ = 0;
    u64 reserved_ = 0;
    std::array<u64, kGroups> groups_{};
    std::array<u64, 5> roundings_{};  // by the mode that the encoding or, at the start, frm names
};

}  // namespace kiln::random_test
