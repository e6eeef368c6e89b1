#include <unistd.h>

#include "devices/end_signals.h"
#include "devices/terminal.h"
#include "image/file.h"
#include "machine/live_inputs.h"
#include "machine/machine.h"
#include "machine/run_plan.h"
#include "support/error.h"

namespace kiln {
namespace {

int run_machine(const MachineConfig& requested, RunStats& stats,
                const RunSurroundings& surroundings, Inputs& inputs) {
    MachineConfig config = requested;
    RunPlan plan(requested);
    for (;;) {
        std::optional<Machine> made;
        if (surroundings.resumed != nullptr)
            made.emplace(config, *surroundings.resumed, inputs, surroundings.listener);
        else
            made.emplace(config, inputs, surroundings.listener);
        Machine& machine = *made;
        if (!config.dump_dtb.empty()) {
            write_file_atomically(config.dump_dtb, machine.device_tree());
            return 0;
        }
        MachineDriver* driver = surroundings.driver != nullptr ? surroundings.driver : &plan;
        const std::optional<int> code = machine.run(driver);
        stats = machine.stats();
        if (!code && surroundings.resumed != nullptr)
            throw InputError(surroundings.resumed->name(),
                             "does not hold what the guest booted from, and it asks for a reset");
        if (!code) {
            inputs.reset(machine.now());
            plan.reset(machine.begun());
            if (config.limit_instructions) config.limit_instructions = machine.left();
            continue;
        }
        if (!machine.abandoned()) inputs.finish(machine.now(), *code);
        if (config.state_hash) stats.state_hash = machine.state_hash();
        plan.finish();
        if (!config.signature.empty()) write_file_atomically(config.signature, machine.signature());
        return *code;
    }
}

}  // namespace

int run_machine(const MachineConfig& requested, RunStats& stats,
                const RunSurroundings& surroundings) {
    if (surroundings.inputs != nullptr)
        return run_machine(requested, stats, surroundings, *surroundings.inputs);
    MachineDriver* const driver = surroundings.driver;
    std::optional<EndSignals> signals;
    if (driver == nullptr) signals.emplace();
    Terminal terminal(STDIN_FILENO, surroundings.console_output);
    LiveInputs inputs(driver == nullptr ? terminal : driver->connect(terminal), requested.clock);
    return run_machine(requested, stats, surroundings, inputs);
}

}  // namespace kiln
