// For a build without any backend that makes native code: its listing would need a disassembler.
#include "cli/commands.h"
#include "cli/observers.h"
#include "support/error.h"

namespace kiln {

int jitdump_command(const JitdumpRequest& request) {
    require_native_code(request.config, "jitdump");
    return 0;
}

int bisect_command(const BisectRequest&) {
    throw UsageError("bisect: this program has one backend only");
}

}  // namespace kiln
