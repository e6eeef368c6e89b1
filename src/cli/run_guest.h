// What the commands that run a guest have in common.
#pragma once

#include <unistd.h>

#include "jit/code_listener.h"
#include "machine/config.h"

namespace kiln {

// Runs the guest and writes what the configuration asks for. `console` is a file descriptor for
// what the guest's console prints; `listener` (nullptr: none) is told of native code. Returns the
// exit code. Throws UsageError and InputError.
int run_guest(const MachineConfig& config, int console = STDOUT_FILENO,
              CodeListener* listener = nullptr);

}  // namespace kiln
