#include "debug/monitor.h"

#include <fmt/format.h>
#include <iterator>

namespace kiln::debug {
namespace {

constexpr std::string_view kHelp =
    "info   the machine, its harts, and how many instructions have begun\n"
    "reset  start the machine anew; it stands in front of its first instruction\n"
    "quit   end Kiln\n";

std::string describe(Machine& machine) {
    const MachineConfig& config = machine.config();
    std::string text = fmt::format(
        "virt, {} MiB, {}, clock {}, backend {}\n{} instructions have begun\n",
        config.ram_size >> 20, machine.hart(0).isa.to_string(),
        config.clock == ClockKind::icount ? "icount" : "host", config.backend, machine.begun());
    for (unsigned id = 0; id < machine.harts(); ++id) {
        const riscv::Hart& hart = machine.hart(id);
        fmt::format_to(std::back_inserter(text), "hart {}: pc {:#x}, {}-mode, {} instructions{}\n",
                       id, hart.pc, "US?M"[static_cast<size_t>(hart.priv)], hart.begun(),
                       hart.waiting ? ", waits for an interrupt" : "");
    }
    return text;
}

}  // namespace

std::string run_monitor(Machine& machine, std::string_view command, Answer::Action& action) {
    if (command == "help" || command.empty()) return std::string(kHelp);
    if (command == "info") return describe(machine);
    if (command == "reset") {
        action = Answer::kReset;
        return "The machine was reset.\n";
    }
    if (command == "quit") {
        action = Answer::kKill;
        return {};
    }
    return fmt::format("Kiln has no such command; it has these:\n{}", kHelp);
}

}  // namespace kiln::debug
