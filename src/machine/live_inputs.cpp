#include "machine/live_inputs.h"

#include <algorithm>

#include "devices/goldfish_rtc.h"
#include "devices/virtio_rng.h"
#include "machine/guest_clock.h"
#include "machine/host_wait.h"

namespace kiln {
namespace {

// An idle machine wakes up this often at least.
constexpr u64 kLongestWaitTicks = kTimebaseHz;

}  // namespace

bool LiveInputs::entropy(const Moment&, std::span<std::byte> bytes) noexcept {
    if (clock_ == ClockKind::host) return host_entropy(bytes);
    made_up_.fill(bytes);
    return true;
}

u64 LiveInputs::wall_clock_ns(const Moment& now) noexcept {
    return clock_ == ClockKind::host ? host_wall_clock_ns() : now.tick * kNsPerTick;
}

u64 LiveInputs::wait(const Moment& now, u64 deadline, std::span<const int> others) {
    if (clock_ == ClockKind::icount && deadline != kNever) return deadline;
    const u64 ticks = deadline <= now.tick ? 0 : std::min(deadline - now.tick, kLongestWaitTicks);
    wait_for_input(console_, others, ticks * kNsPerTick);
    return now.tick;
}

std::optional<int> LiveInputs::ended() const noexcept {
    return console_.quit_requested() ? std::optional(0) : std::nullopt;
}

}  // namespace kiln
