// A machine in a file: what it consists of, then its state and the pages of RAM that are not all
// zeros, compressed. docs/cli.md says what users may rely on.
//
// The file: eight bytes that say what it is, a version, the header's size and checksum, the header
// (a StateArchive), the body (one zstd frame), whose size and checksum are in the header.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "machine/config.h"
#include "machine/page.h"
#include "machine/snapshot.h"
#include "support/int.h"
#include "support/state_archive.h"

namespace kiln {

// A drive, which the guest only reads.
struct SavedDrive {
    std::string file;
    u64 hash = 0;  // of its content
};

// Where HTIF listens.
struct HtifPlace {
    u64 tohost = 0;
    std::optional<u64> fromhost;
};

// What a machine was made of that its state does not tell.
struct SavedMachine {
    std::string isa;
    u64 ram_size = 0;
    u32 harts = 0;
    ClockKind clock = ClockKind::host;
    u64 icount_rate = 1;
    std::vector<SavedDrive> drives;
    std::string rom;
    std::optional<HtifPlace> htif;

    // Saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive);
};

// Throws InputError where the file cannot be written.
void write_snapshot(const std::string& name, SavedMachine machine, const Snapshot& snapshot);

class SnapshotFile {
  public:
    // Checks the file but for what its body means. Throws InputError for one that is foreign, of
    // another version, truncated or damaged.
    explicit SnapshotFile(const std::string& name);

    const std::string& name() const { return name_; }
    const SavedMachine& machine() const { return machine_; }
    // Calls page(number, bytes) for each page, and returns the state (Snapshot::devices). Throws
    // InputError.
    std::vector<std::byte> load(const std::function<void(u32, PageView)>& page) const;

  private:
    friend void write_snapshot(const std::string&, SavedMachine, const Snapshot&);
    // Of the body.
    struct Sizes {
        u64 state = 0;  // bytes
        u64 pages = 0;
        u64 compressed = 0;  // bytes
        u64 hash = 0;        // of these
        void visit(StateArchive& archive) { archive.values(state, pages, compressed, hash); }
    };

    void read_header();

    std::string name_;
    std::vector<std::byte> bytes_;
    SavedMachine machine_;
    Sizes sizes_;
    size_t body_ = 0;  // where it begins
};

// `observing` resumed with the machine of a snapshot. Throws InputError, which names the file,
// where a drive is not what it was.
MachineConfig resumed_config(const SnapshotFile& file, const MachineConfig& observing);

}  // namespace kiln
