// What the commands that run a guest have in common.
#pragma once

#include "machine/config.h"
#include "machine/machine.h"

namespace kiln {

// Runs the guest and writes what the configuration asks for. Returns the exit code. Throws
// UsageError and InputError.
int run_guest(const MachineConfig& config, RunSurroundings surroundings = {});

}  // namespace kiln
