#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/error_line.h"
#include "cli/run_guest.h"
#include "devices/terminal.h"
#include "machine/replaying_inputs.h"
#include "support/error.h"

namespace kiln {
namespace {

constexpr int kNoInput = -1;

int run(const MachineConfig& config, ReplayingInputs& inputs) {
    RunSurroundings surroundings;
    surroundings.inputs = &inputs;
    return run_guest(config, surroundings);
}

}  // namespace

int replay_command(const ReplayRequest& request) {
    InputLog log = InputLog::read(request.log);
    const MachineConfig config = recorded_config(log.machine(), request.config);
    Terminal terminal(kNoInput, STDOUT_FILENO);
    ReplayingInputs inputs(terminal, log);
    const int code = run(config, inputs);
    if (!inputs.difference().empty()) {
        fmt::print(stderr, "{}",
                   format_error_line(fmt::format("{}: {}", log.name(), inputs.difference())));
        return kExitInternal;
    }
    if (const auto end = inputs.cut_off())
        throw InputError(log.name(), fmt::format("is truncated: the recording stops at instruction "
                                                 "{}, before the end of its run",
                                                 end->instructions));
    return code;
}

}  // namespace kiln
