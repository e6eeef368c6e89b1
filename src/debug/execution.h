// Runs a machine the way a debugger asks for, a piece at a time.
#pragma once

#include <optional>

#include "debug/stub.h"
#include "machine/machine.h"

namespace kiln::debug {

class Execution {
  public:
    // Both outlive it.
    Execution(Machine& machine, DebugPoints& points) : machine_(machine), points_(points) {}

    // From now on the guest goes on like that (forward).
    void start(const Resume& resume);
    bool steps() const { return resume_.kind == Resume::kStep; }

    // What came of a piece.
    struct Outcome {
        std::optional<Stop> stop = {};  // the guest stands
        bool over = false;              // Machine::run_until says so
    };
    // Runs a few instructions, at most, and stops at the breakpoints in `wanted`, which the engine
    // need not know yet: a client may step by setting a breakpoint behind the next instruction.
    Outcome look_ahead(const PointSet& wanted, u64 limit);
    // Runs the machine for a few milliseconds at most, and no further than `limit` instructions.
    Outcome advance(u64 limit);

  private:
    u64 piece() const;
    bool step_is_done();
    Stop stop_of_hart();

    Machine& machine_;
    DebugPoints& points_;
    Resume resume_;
    u64 step_end_ = 0;  // the stepping hart's count
};

}  // namespace kiln::debug
