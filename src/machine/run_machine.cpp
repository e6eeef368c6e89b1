#include <unistd.h>

#include "devices/terminal.h"
#include "image/file.h"
#include "machine/machine.h"

namespace kiln {

int run_machine(const MachineConfig& requested, RunStats& stats,
                const RunSurroundings& surroundings) {
    Terminal terminal(STDIN_FILENO, surroundings.console_output);
    MachineConfig config = requested;
    for (;;) {
        Machine machine(config, terminal, surroundings.listener);
        if (!config.dump_dtb.empty()) {
            write_file_atomically(config.dump_dtb, machine.device_tree());
            return 0;
        }
        const std::optional<int> code = machine.run(surroundings.driver);
        stats = machine.stats();
        if (!code) {  // reset
            if (config.limit_instructions) config.limit_instructions = machine.left();
            continue;
        }
        if (!config.signature.empty()) write_file_atomically(config.signature, machine.signature());
        return *code;
    }
}

}  // namespace kiln
