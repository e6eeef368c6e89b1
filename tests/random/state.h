// The state that a sequence leaves, as the harness prints it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layout.h"
#include "support/int.h"

namespace kiln::random_test {

class State {
  public:
    // nullopt: the line is not one that the harness prints.
    static std::optional<State> parse(std::string_view line);

    u64 slot(u64 offset) const;  // of the state or, behind it, of the window

  private:
    std::array<u32, (STATE_SIZE + WINDOW_SIZE) / 4> words_{};
};

// A part of the state in which the two sides differ.
struct Difference {
    std::string kind;   // x, f, fcsr, traps, cause, epc, tval, memory
    std::string field;  // which one, for the reader
    u64 kiln;
    u64 qemu;
};

std::vector<Difference> differences(const State& kiln, const State& qemu);

}  // namespace kiln::random_test
