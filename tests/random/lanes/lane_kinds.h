// The engines that are compared with the interpreter: those of every backend in
// machine/backends.cpp.
#pragma once

#include <string>
#include <vector>

#include "cpu/riscv/isa.h"
#include "machine/hart_engine.h"

namespace kiln::random_test {

struct LaneKind {
    std::string name;
    EngineSetup setup;
};

// For each backend of blocks: native code from the first entry on, and after some entries with
// little memory for code, so that it is used again and again. One more for a host with the x86-64
// baseline only.
std::vector<LaneKind> lane_kinds();
// The same for those that make regions, which take milliseconds for each.
std::vector<LaneKind> region_lane_kinds();
std::vector<LaneKind> all_lane_kinds();
// One that takes additions for subtractions: a comparison must find it.
LaneKind broken_lane();

std::unique_ptr<HartEngine> make_engine(const riscv::Isa& isa, Memory& memory,
                                        const EngineSetup& setup);

}  // namespace kiln::random_test
