// Runs sequences on both sides, finds those that differ, and makes them short.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "emulator.h"
#include "image.h"
#include "state.h"

namespace kiln::random_test {

// A sequence after which the two sides differ, shortened to the instructions that it takes.
struct Finding {
    size_t index;  // of the sequence
    Sequence sequence;
    u64 code;  // address of its first instruction
    std::vector<Difference> differences;
};

class Comparison {
  public:
    Comparison(Emulator kiln, Emulator qemu, const ImageWriter& writer, ImageOptions options,
               std::string folder, unsigned seconds);

    // Runs them all. Throws std::runtime_error where a side stops early: with the number of the
    // sequence at which it did.
    std::vector<Finding> run(std::span<const Sequence> sequences) const;

  private:
    std::pair<Output, Output> outputs(std::span<const Sequence> sequences, bool dump,
                                      std::vector<u64>& code) const;
    std::vector<bool> differ(std::span<const Sequence> sequences) const;
    void shorten(std::vector<Finding>& findings) const;
    void look_closely(std::vector<Finding>& findings) const;

    Emulator kiln_;
    Emulator qemu_;
    const ImageWriter& writer_;
    ImageOptions options_;
    std::string folder_;
    unsigned seconds_;
};

// Whether the instruction still does something.
bool is_active(const Instruction& insn);

// The sequence without half of its instructions, without a quarter, and so on: each left-out part
// once, the largest first. Nops keep the addresses.
std::vector<Sequence> shorter(const Sequence& sequence);

}  // namespace kiln::random_test
