// What reaches a machine from outside: keys, entropy, the time of day, and how long it waits.
// Devices and harts know nothing of where that comes from: the host (LiveInputs), the host while
// all of it is written down (RecordingInputs), or what was written down (ReplayingInputs).
#pragma once

#include <compare>
#include <optional>
#include <span>

#include "devices/char_backend.h"
#include "support/int.h"
#include "support/state_archive.h"

namespace kiln {

// A point of a run under --clock icount. Both count from the machine's start or last reset.
struct Moment {
    u64 instructions = 0;  // begun on all harts together
    u64 tick = 0;          // guest time

    auto operator<=>(const Moment&) const = default;
};

class Inputs {
  public:
    // A deadline that never comes.
    static constexpr u64 kNever = ~u64{0};

    Inputs() = default;
    Inputs(const Inputs&) = delete;
    Inputs& operator=(const Inputs&) = delete;
    virtual ~Inputs() = default;

    // What the machine's serial line is connected to.
    virtual CharBackend& console() noexcept = 0;
    // Fills `bytes` with entropy; false when there is none.
    virtual bool entropy(const Moment& now, std::span<std::byte> bytes) noexcept = 0;
    // The time of day, in nanoseconds since the epoch.
    virtual u64 wall_clock_ns(const Moment& now) noexcept = 0;
    // Called between two instructions at points that are the same in equal runs. Throws InputError
    // where a log cannot be written.
    virtual void take_in(const Moment& now) = 0;
    // No hart can run before `deadline`, a tick of guest time. Waits for it, for as long as waiting
    // means something here, or until there is input, on one of the file descriptors `others`, too;
    // returns the tick at which the guest goes on.
    virtual u64 wait(const Moment& now, u64 deadline, std::span<const int> others) = 0;
    // A code if the run has to end for a reason that is not the guest's.
    virtual std::optional<int> ended() const noexcept = 0;
    // The machine was reset: moments count anew.
    virtual void reset(const Moment& now) = 0;
    // What later inputs depend on, saved or loaded. Throws as StateArchive does.
    virtual void state(StateArchive& archive) = 0;
    // The run ended with `code`. Throws InputError where a log cannot be written.
    virtual void finish(const Moment& now, int code) = 0;
};

}  // namespace kiln
