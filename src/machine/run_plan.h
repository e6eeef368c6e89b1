// What a run does on its way: hashes of the state at counts of instructions.
#pragma once

#include <string>

#include "machine/machine.h"

namespace kiln {

class RunPlan final : public MachineDriver {
  public:
    explicit RunPlan(const MachineConfig& config) : config_(config) {}

    RunEnd drive(Machine& machine, u64 limit) override;
    // The machine was reset after so many instructions: counts go on.
    void reset(u64 begun) { before_ += begun; }
    // Writes what was gathered. Throws InputError.
    void finish() const;

  private:
    u64 next_stop(u64 begun) const;
    void stop(Machine& machine, u64 begun);

    const MachineConfig& config_;
    u64 before_ = 0;      // instructions before the last reset
    std::string hashes_;  // the log, line by line
};

}  // namespace kiln
