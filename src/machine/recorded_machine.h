// What a recording says of the machine that it was made with: all that the guest could notice, and
// which files it started from.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "machine/config.h"
#include "support/int.h"
#include "support/state_archive.h"

namespace kiln {

struct RecordedMachine {
    MachineConfig config;     // only what `state` visits counts
    std::vector<u64> hashes;  // of the content of files_of(config)

    // Saved or loaded; what a recording does not hold stays. Throws as StateArchive does.
    void state(StateArchive& archive);
};

// The names of single files in a configuration; empty ones are not there.
std::array<std::string*, 5> names_in(MachineConfig& config);
// The files that a machine starts from.
std::vector<std::string> files_of(const MachineConfig& config);

// The machine that `config` asks for, so that it is the same later and from any folder: defaults
// are replaced by what they stand for, names are absolute, what the guest writes to drives is
// dropped. Reads and hashes all files. Throws UsageError and InputError as Machine does.
RecordedMachine describe_machine(const MachineConfig& config);

// `observing` run with the recorded machine. Throws InputError, which names the file, where one of
// the files is not what it was.
MachineConfig recorded_config(const RecordedMachine& machine, const MachineConfig& observing);

}  // namespace kiln
