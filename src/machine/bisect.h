// Looks for the first place where two backends make different states of the same guest.
//
// Both machines run step by step, and hashes of their states are compared. Where these differ, the
// step is narrowed by snapshots. A stop in the middle of a block has the interpreter run its first
// part, so what is found first is where the block ends that is wrong; then, from how close in front
// of that the second backend has to start to be wrong.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "machine/machine.h"

namespace kiln {

// A piece of a run, in instructions begun on all harts, from the same state on both backends.
struct Divergence {
    std::string backend;  // the second one, or the part of it that is wrong by itself
    u64 begin = 0;
    u64 end = 0;  // here states differ
    // Whether the piece is as short as can be: one that begins an instruction later does not
    // differ.
    bool smallest = false;
    Snapshot before;  // of both
};

// What a guest under search has for a console: nobody reads or types, and one who waits for ever
// is left.
class SilentConsole final : public CharBackend {
  public:
    size_t write(std::span<const std::byte> bytes) noexcept override { return bytes.size(); }
    size_t read(std::span<std::byte>) noexcept override { return 0; }
    // Asked by a machine that is going to sleep.
    int poll_fd() const noexcept override {
        asleep_ = true;
        return -1;
    }
    bool quit_requested() const noexcept override { return asleep_; }

  private:
    mutable bool asleep_ = false;
};

// A machine by itself, on a backend.
class BisectedMachine {
  public:
    BisectedMachine(MachineConfig config, const std::string& backend,
                    CodeListener* listener = nullptr);
    // Runs to that count, or to the guest's end.
    void run(u64 target) { end_ = machine_.run_until(target); }
    void restore(const Snapshot& snapshot);
    bool over() const { return end_ == RunEnd::over; }
    // Whether both are where they are with the same state.
    bool same_as(BisectedMachine& other);
    Machine& machine() { return machine_; }

  private:
    SilentConsole console_;
    Machine machine_;
    RunEnd end_ = RunEnd::reached;
};

// Runs `config` on backends `a` and `b`, comparing after each `step` instructions, until the
// guest's end or the limit. nullopt: they do the same. Throws as Machine does.
std::optional<Divergence> find_divergence(const MachineConfig& config, const std::string& a,
                                          const std::string& b, u64 step);

}  // namespace kiln
