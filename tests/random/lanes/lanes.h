// The engines that run a case, each beside the interpreter, which says what is right.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "random/lanes/case.h"
#include "random/lanes/lane_kinds.h"

namespace kiln::random_test {

// Lane and outcomes that differ from the interpreter's.
struct Disagreement {
    std::string lane;
    std::vector<Outcome> expected, got;
};

class Lanes {
  public:
    Lanes(const riscv::Isa& isa, const std::vector<LaneKind>& kinds);

    std::optional<Disagreement> run(const Sequence& sequence, const Setting& setting);
    // What each lane compiled, for the reader.
    std::string summary() const;

  private:
    struct Lane {
        Lane(const riscv::Isa& isa, const LaneKind& kind);

        std::string name;
        RandomRig rig;
    };

    Lane interpreter_;
    std::vector<std::unique_ptr<Lane>> lanes_;
};

// Leaves out instructions, runs and instructions to run as long as the lanes disagree. They must.
void shorten(Case& test, Lanes& lanes);

}  // namespace kiln::random_test
