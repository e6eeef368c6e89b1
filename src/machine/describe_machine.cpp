#include <filesystem>
#include <span>

#include "machine/file_hash.h"
#include "machine/machine.h"
#include "machine/recorded_machine.h"
#include "support/error.h"

namespace kiln {
namespace {

void make_absolute(std::string& name) {
    if (!name.empty()) name = std::filesystem::absolute(name).string();
}

}  // namespace

RecordedMachine describe_machine(const MachineConfig& config) {
    RecordedMachine machine{config, {}};
    MachineConfig& resolved = machine.config;
    const riscv::Isa isa = choose_isa(config);
    resolved.isa = isa.to_string();
    resolved.bios_file = firmware_name(config, isa.xlen);
    resolved.bios = resolved.bios_file.empty() ? BiosKind::none : BiosKind::file;
    for (std::string* name : names_in(resolved)) make_absolute(*name);
    for (DriveSpec& drive : resolved.drives) {
        make_absolute(drive.file);
        drive.drop_writes = true;
    }
    for (const std::string& name : files_of(resolved)) machine.hashes.push_back(hash_file(name));
    return machine;
}

MachineConfig recorded_config(const RecordedMachine& machine, const MachineConfig& observing) {
    // By way of the archive, so that exactly what a recording holds is taken over.
    RecordedMachine recorded = machine;
    std::vector<std::byte> bytes;
    StateArchive saved(bytes);
    recorded.state(saved);
    RecordedMachine merged{observing, {}};
    StateArchive loaded{std::span<const std::byte>(bytes)};
    merged.state(loaded);
    MachineConfig& config = merged.config;
    config.clock = ClockKind::icount;
    for (DriveSpec& drive : config.drives) drive.drop_writes = true;
    const std::vector<std::string> names = files_of(config);
    for (size_t i = 0; i < names.size(); ++i)
        if (hash_file(names[i]) != merged.hashes[i])
            throw InputError(names[i], "has changed since the recording was made");
    return config;
}

}  // namespace kiln
