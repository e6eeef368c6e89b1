// The engines that run a case, each beside the interpreter, which says what is right.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jit/engine.h"
#include "random/lanes/case.h"

namespace kiln::random_test {

struct LaneKind {
    std::string name;
    EngineSetup setup;
};
// Native code from the first entry on and after some, on this host and on one that has the x86-64
// baseline only, with little memory for code so that it is used again and again.
std::vector<LaneKind> lane_kinds();
// One that takes additions for subtractions: the comparison must find it.
LaneKind broken_lane();

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
