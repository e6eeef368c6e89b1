// The commands that need the machine or the processor; the rest of src/cli does without.
#pragma once

#include "cli/options.h"

namespace kiln {

// What this build contains.
BuildInfo build_info();

// Each returns the exit code, or throws UsageError or InputError.
int run_command(const RunRequest& request);
// Throws InputError, too, where the recording cannot be written.
int record_command(const RecordRequest& request);
int replay_command(const ReplayRequest& request);
int resume_command(const ResumeRequest& request);
// 1: they differ.
int bisect_command(const BisectRequest& request);
// Throws UsageError, too, where no native code is made.
int jitdump_command(const JitdumpRequest& request);
int disasm_command(const DisasmRequest& request);

}  // namespace kiln
