#include "cli/observers.h"

#include <fmt/format.h>
#include <unistd.h>

#include "jit/observe/gdb_jit.h"
#include "jit/observe/jitdump.h"
#include "jit/observe/perf_map.h"
#include "machine/backends.h"
#include "support/error.h"

namespace kiln {

Observers::Observers(const MachineConfig& config) {
    if (config.perf != PerfOutput::none) {
        require_native_code(config, "--perf");
        if (config.perf == PerfOutput::map) {
            own(std::make_unique<PerfMap>(getpid()));
        } else {
            own(std::make_unique<Jitdump>(getpid()));
        }
    }
    if (config.gdb_jit) {
        require_native_code(config, "--gdb-jit");
        own(std::make_unique<GdbJit>());
    }
}

void Observers::own(std::unique_ptr<CodeListener> listener) {
    owned_.push_back(std::move(listener));
    add(*owned_.back());
}

void require_native_code(const MachineConfig& config, std::string_view option) {
    if (!find_backend(config.backend).compiles())
        throw UsageError(
            fmt::format("{}: the backend '{}' makes no native code", option, config.backend));
}

}  // namespace kiln
