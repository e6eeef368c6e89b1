#include "machine/recording_inputs.h"

#include <algorithm>
#include <array>
#include <utility>

#include "machine/host_wait.h"

namespace kiln {
namespace {

// The guest's time of day may be this wrong.
constexpr u64 kClockError = 10'000'000;
// Without any other input a record says this often how far the run is.
constexpr u64 kClockInterval = 100'000'000;

}  // namespace

RecordingInputs::RecordingInputs(CharBackend& line, InputLogWriter& log, HostSources host)
    : LoggedInputs(line), line_(line), log_(log), host_(std::move(host)) {}

bool RecordingInputs::entropy(const Moment& now, std::span<std::byte> bytes) noexcept {
    // No device asks for more at once.
    const auto piece = bytes.first(std::min(bytes.size(), InputRecord::kMaxData));
    const bool there = piece.size() == bytes.size() && host_.entropy(piece);
    note(InputKind::entropy, now, bytes.size(),
         there ? std::span<const std::byte>(piece) : std::span<const std::byte>());
    return there;
}

void RecordingInputs::take_in(const Moment& now) {
    look_ = looks_.next(now);
    if (!started_) start(now);
    const u64 host = host_.wall_clock_ns();
    const u64 ahead = clock_.at(now.tick) + kClockError - host;
    if (ahead > 2 * kClockError || host - clock_set_ns_ > kClockInterval) set_clock(now);
    take_keys(now);
    if (line_.quit_requested() && !quit_) {
        note(InputKind::quit, now);
        quit_ = true;
    }
    log_.check();
}

void RecordingInputs::note(InputKind kind, const Moment& now, u64 value,
                           std::span<const std::byte> data) {
    log_.append({kind, now, look_, value, data});
}

void RecordingInputs::start(const Moment& now) {
    log_.publish();
    set_clock(now);
    started_ = true;
}

void RecordingInputs::set_clock(const Moment& now) {
    clock_set_ns_ = host_.wall_clock_ns();
    clock_.set(now, clock_set_ns_);
    note(InputKind::clock, now, clock_set_ns_);
}

// Looks whether there is something for the next take_in.
bool RecordingInputs::has_news() {
    while (line_.take_break()) ++breaks_;
    if (keys_.empty()) {
        std::array<std::byte, InputRecord::kMaxData> typed;
        const size_t count = line_.read(typed);
        keys_.assign(typed.begin(), typed.begin() + static_cast<std::ptrdiff_t>(count));
    }
    // A guest that does not read leaves the keys where they are.
    const bool keys = !keys_.empty() && console_.waiting() == 0;
    return keys || breaks_ != 0 || (line_.quit_requested() && !quit_);
}

void RecordingInputs::take_keys(const Moment& now) {
    if (!has_news()) return;
    for (; breaks_ != 0; --breaks_) {
        note(InputKind::line_break, now);
        console_.deliver_break();
    }
    if (keys_.empty() || console_.waiting() != 0) return;
    note(InputKind::console, now, 0, keys_);
    console_.deliver(keys_);
    keys_.clear();
}

u64 RecordingInputs::wait(const Moment& now, u64 deadline, std::span<const int> others) {
    if (deadline <= now.tick || quit_) return now.tick;
    line_.poll();
    if (!has_news()) {
        std::optional<u64> ns;
        if (deadline != kNever) {
            // Makes up for the time that the guest took to run. The wall clock may have been set.
            const u64 left = clock_.at(deadline) - host_.wall_clock_ns();
            const u64 most = (deadline - now.tick) * kNsPerTick;
            ns = left <= most + kClockError ? left : 0;
        }
        if (wait_for_input(line_, others, ns)) return deadline;
        line_.poll();
    }
    const u64 reached = clock_.tick_at(host_.wall_clock_ns());
    const u64 wake = std::clamp(reached, now.tick, std::min(deadline, kLastTick));
    note(InputKind::wake, now, wake);
    return wake;
}

std::optional<int> RecordingInputs::ended() const noexcept {
    return quit_ ? std::optional(0) : std::nullopt;
}

void RecordingInputs::reset(const Moment& now) {
    note(InputKind::reset, now);
    clock_.restart(now);
}

void RecordingInputs::position_state(StateArchive& archive) {
    archive.fixed(log_.count(), "the number of records");
}

void RecordingInputs::finish(const Moment& now, int code) {
    note(InputKind::end, now, static_cast<u64>(code));
    log_.sync();
}

}  // namespace kiln
