// What the lanes run: a sequence and how it runs. Made from a seed, or read from a file.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "random/rig.h"

namespace kiln::random_test {

struct Case {
    riscv::Isa isa;
    Setting setting;
    Sequence sequence;
};

// All of it follows from the seed but the ISA and, where it is given, the profile.
Case make_case(const riscv::Isa& isa, const std::optional<std::string>& profile, u64 seed);

// As text, a line for each part that is not zero: what a file of the corpus holds.
std::string to_text(const Case& test);
// Throws std::runtime_error with what is wrong in which line.
Case read_case(std::istream& text);

}  // namespace kiln::random_test
