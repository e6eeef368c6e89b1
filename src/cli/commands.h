// The commands that need the machine or the processor; the rest of src/cli does without.
#pragma once

#include "cli/options.h"

namespace kiln {

// What this build contains.
BuildInfo build_info();

// Each returns the exit code, or throws UsageError or InputError.
int run_command(const RunRequest& request);
int disasm_command(const DisasmRequest& request);

}  // namespace kiln
