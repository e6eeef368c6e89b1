#include "cli/commands.h"
#include "cli/run_guest.h"

namespace kiln {

int run_command(const RunRequest& request) { return run_guest(request.config); }

}  // namespace kiln
