// What a run does on its way, at counts of instructions: hashes of the state, a snapshot.
#pragma once

#include <string>

#include "machine/machine.h"

namespace kiln {

class RunPlan final : public MachineDriver {
  public:
    // Throws UsageError where a snapshot could not hold all. `config` outlives the plan.
    explicit RunPlan(const MachineConfig& config);

    RunEnd drive(Machine& machine, u64 limit) override;
    // The machine was reset after so many instructions: counts go on.
    void reset(u64 begun) { before_ += begun; }
    // The run has ended. Writes what was gathered. Throws InputError, too, where the end came in
    // front of the snapshot.
    void finish() const;

  private:
    u64 next_stop(u64 begun) const;
    void stop(Machine& machine, u64 begun);

    const MachineConfig& config_;
    u64 before_ = 0;  // instructions before the last reset
    bool snapshot_made_ = false;
    std::string hashes_;  // the log, line by line
};

}  // namespace kiln
