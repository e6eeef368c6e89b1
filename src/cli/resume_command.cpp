#include "cli/commands.h"
#include "cli/run_guest.h"
#include "machine/snapshot_file.h"

namespace kiln {

int resume_command(const ResumeRequest& request) {
    const SnapshotFile snapshot(request.snapshot);
    RunSurroundings surroundings;
    surroundings.resumed = &snapshot;
    return run_guest(resumed_config(snapshot, request.config), surroundings);
}

}  // namespace kiln
