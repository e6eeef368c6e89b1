#include "random/system/lanes.h"

#include "machine/backends.h"

namespace kiln::random_test {
namespace {

// Enough for the watchdog of each case; a lane that needs more does not end.
constexpr const char* kMostInstructions = "30000000000";

SystemLane kiln_lane(const std::string& program, const std::string& backend,
                     const std::vector<std::string>& options, const std::string& manner) {
    return {backend + manner, true, [=](const riscv::Isa& isa, size_t harts) {
                Emulator emulator = kiln_emulator(program, backend, isa);
                std::vector<std::string>& command = emulator.command;
                command.insert(command.end(), {"--clock", "icount", "--smp", std::to_string(harts),
                                               "--limit-instructions", kMostInstructions});
                command.insert(command.end(), options.begin(), options.end());
                emulator.name = backend + (options.empty() ? "" : "-" + options[1]);
                return emulator;
            }};
}

// Time by instructions, so that the watchdog does not come early on a busy host.
SystemLane qemu_lane(const SystemPrograms& programs) {
    return {
        "qemu", false, [=](const riscv::Isa& isa, size_t) {
            Emulator emulator =
                qemu_emulator(isa.xlen == 32 ? programs.qemu_32 : programs.qemu_64, isa);
            emulator.command.insert(emulator.command.end() - 1, {"-icount", "shift=0,sleep=off"});
            return emulator;
        }};
}

}  // namespace

std::vector<SystemLane> system_lanes(const SystemPrograms& programs) {
    std::vector<SystemLane> lanes;
    for (const BackendInfo& backend : backends()) {
        const std::string name(backend.name);
        if (!backend.compiles()) {
            lanes.push_back(kiln_lane(programs.kiln, name, {}, ""));
            continue;
        }
        // LLVM takes milliseconds for each piece: only what is hot.
        if (backend.make != nullptr)
            lanes.push_back(kiln_lane(programs.kiln, name, {"--tier-up", "0"}, " at once"));
        lanes.push_back(
            kiln_lane(programs.kiln, name, {"--tier-up", "6", "--code-cache", "2M"}, " warm"));
    }
    if (!programs.qemu_32.empty() && !programs.qemu_64.empty())
        lanes.push_back(qemu_lane(programs));
    return lanes;
}

std::vector<SystemLane> broken_system_lanes(const SystemPrograms& programs) {
    SystemLane right = kiln_lane(programs.kiln, "interp", {}, "");
    const auto emulator = right.emulator;
    return {right, {"broken", true, [emulator](riscv::Isa isa, size_t harts) {
                        isa.extensions &= ~ext_bit(riscv::Ext::kM);
                        Emulator wrong = emulator(isa, harts);
                        wrong.name = "broken";
                        return wrong;
                    }}};
}

riscv::Isa without_what_qemu_does_itself(riscv::Isa isa) {
    using riscv::Ext;
    for (const Ext ext : {Ext::kSvade, Ext::kSvadu, Ext::kSvnapot, Ext::kSstc})
        isa.extensions &= ~ext_bit(ext);
    return isa;
}

}  // namespace kiln::random_test
