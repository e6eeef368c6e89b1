// What of a machine is saved, restored and hashed.
#include <filesystem>
#include <xxhash.h>

#include "machine/file_hash.h"
#include "machine/machine.h"

namespace kiln {

void Machine::turn_state(StateArchive& archive) {
    archive.at_most(turn_.hart, static_cast<u32>(harts_.size() - 1), "whose turn it is");
    archive.values(turn_.open, turn_.end, turn_.look_at);
    const u64 begun = harts_[turn_.hart]->begun();
    archive.check(
        !turn_.open || (begun < turn_.end && begun <= turn_.look_at && turn_.look_at <= turn_.end &&
                        turn_.end - begun <= SliceLength::kLongest),
        "the length of a turn");
}

void Machine::state(StateArchive& archive) {
    for (auto& hart : harts_) hart->state(archive);
    turn_state(archive);
    // Where time is the host's it is no part of what the guest has become.
    if (config_.clock == ClockKind::icount) {
        instruction_clock_.state(archive);
        archive.value(next_poll_);
    }
    board_->state(archive);
    if (htif_) htif_->state(archive);
}

// What goes on beside the guest, too.
void Machine::snapshot_state(StateArchive& archive) {
    host_clock_.state(archive);
    inputs_.state(archive);
    state(archive);
}

void Machine::note_changed_pages() {
    const std::vector<u32> pages = memory_.take_changed_pages();
    ram_hash_.note(pages);
    ram_history_.note(pages);
}

u64 Machine::state_hash() {
    note_changed_pages();
    std::vector<std::byte> bytes;
    StateArchive archive(bytes);
    state(archive);
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), ram_hash_.value());
}

Snapshot Machine::save() {
    note_changed_pages();
    Snapshot snapshot{{}, ram_history_.save()};
    StateArchive archive(snapshot.devices);
    snapshot_state(archive);
    return snapshot;
}

void Machine::restore(const Snapshot& snapshot) {
    note_changed_pages();
    ram_history_.restore(snapshot.ram);
    load_state(snapshot.devices);
}

void Machine::load_state(std::span<const std::byte> devices) {
    StateArchive archive(devices);
    snapshot_state(archive);
    archive.finish();
    next_poll_ = config_.clock == ClockKind::icount ? next_poll_ : 0;
}

void Machine::save_to(const std::string& name) {
    SavedMachine machine = parts_;
    machine.isa = isa_.to_string();
    machine.ram_size = config_.ram_size;
    machine.harts = config_.harts;
    machine.clock = config_.clock;
    machine.icount_rate = config_.icount_rate;
    for (const DriveSpec& drive : config_.drives) {
        const std::string file = std::filesystem::absolute(drive.file).string();
        machine.drives.push_back({file, hash_file(file)});
    }
    write_snapshot(name, std::move(machine), save());
}

}  // namespace kiln
