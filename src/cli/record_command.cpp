#include <optional>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/run_guest.h"
#include "devices/end_signals.h"
#include "devices/terminal.h"
#include "machine/recording_inputs.h"

namespace kiln {

int record_command(const RecordRequest& request) {
    const RecordedMachine machine = describe_machine(request.config);
    InputLogWriter log(request.log, machine);
    std::optional<EndSignals> signals;
    if (!machine.config.gdb) signals.emplace();
    Terminal terminal(STDIN_FILENO, STDOUT_FILENO);
    RecordingInputs inputs(terminal, log);
    RunSurroundings surroundings;
    surroundings.inputs = &inputs;
    return run_guest(machine.config, surroundings);
}

}  // namespace kiln
