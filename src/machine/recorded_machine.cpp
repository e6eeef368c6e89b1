#include "machine/recorded_machine.h"

#include <array>
#include <optional>

#include "devices/board_virt.h"

namespace kiln {
namespace {

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

}  // namespace

std::array<std::string*, 5> names_in(MachineConfig& config) {
    return {&config.image, &config.bios_file, &config.kernel, &config.initrd, &config.dtb};
}

void RecordedMachine::state(StateArchive& archive) {
    archive.text(config.isa);
    archive.values(config.ram_size, config.harts, config.load_address, config.limit_instructions,
                   config.icount_rate);
    archive.check(config.icount_rate != 0 && config.icount_rate <= kMostIcountRate,
                  "the rate of the clock");
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

}  // namespace kiln
