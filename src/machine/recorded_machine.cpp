#include "machine/recorded_machine.h"

#include <array>
#include <filesystem>
#include <optional>
#include <span>

#include "machine/file_hash.h"
#include "machine/machine.h"
#include "support/error.h"

namespace kiln {
namespace {

std::array<std::string*, 5> names_in(MachineConfig& config) {
    return {&config.image, &config.bios_file, &config.kernel, &config.initrd, &config.dtb};
}

void append_state(StateArchive& archive, std::optional<std::string>& append) {
    bool there = append.has_value();
    archive.value(there);
    std::string text = append.value_or("");
    archive.text(text);
    append = there ? std::optional(text) : std::nullopt;
}

void drives_state(StateArchive& archive, std::vector<DriveSpec>& drives) {
    auto count = static_cast<u32>(drives.size());
    archive.at_most(count, u32{virt::kMaxDrives}, "the number of drives");
    drives.resize(count);
    for (DriveSpec& drive : drives) {
        archive.text(drive.file);
        archive.value(drive.read_only);
    }
}

void make_absolute(std::string& name) {
    if (!name.empty()) name = std::filesystem::absolute(name).string();
}

}  // namespace

void RecordedMachine::state(StateArchive& archive) {
    archive.text(config.isa);
    archive.values(config.ram_size, config.harts, config.load_address, config.limit_instructions);
    for (std::string* name : names_in(config)) archive.text(*name);
    config.bios = config.bios_file.empty() ? BiosKind::none : BiosKind::file;
    append_state(archive, config.append);
    drives_state(archive, config.drives);
    hashes.resize(files_of(config).size());
    for (u64& hash : hashes) archive.value(hash);
}

std::vector<std::string> files_of(const MachineConfig& config) {
    std::vector<std::string> names;
    MachineConfig copy = config;
    for (const std::string* name : names_in(copy))
        if (!name->empty()) names.push_back(*name);
    for (const DriveSpec& drive : config.drives) names.push_back(drive.file);
    return names;
}

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
