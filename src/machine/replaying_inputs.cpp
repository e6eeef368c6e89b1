#include "machine/replaying_inputs.h"

#include <algorithm>
#include <fmt/format.h>

namespace kiln {
namespace {

std::string to_string(const Moment& moment) {
    return fmt::format("instruction {}, tick {}", moment.instructions, moment.tick);
}

}  // namespace

ReplayingInputs::ReplayingInputs(CharBackend& line, InputLog& log)
    : LoggedInputs(line), log_(log) {}

void ReplayingInputs::advance() {
    last_ = log_.next()->kind == InputKind::reset ? Moment{} : log_.next()->at;
    log_.seek(log_.position() + 1);
}

// The run does `what` now, and the recording does not.
void ReplayingInputs::differ(const Moment& now, std::string_view what) {
    if (!difference_.empty()) return;
    const std::optional<InputRecord>& next = log_.next();
    difference_ = fmt::format(
        "the run differs from the recording at {}: here {}, there {}", to_string(now), what,
        next ? fmt::format("{} at {}", kiln::to_string(next->kind), to_string(next->at))
             : "nothing");
}

// Whether the recording goes on with that record, of any value where none is given.
bool ReplayingInputs::expect(const Moment& now, InputKind kind, std::optional<u64> value) {
    const std::optional<InputRecord>& next = log_.next();
    return next && next->kind == kind && next->at == now && (!value || next->value == *value);
}

bool ReplayingInputs::entropy(const Moment& now, std::span<std::byte> bytes) noexcept {
    if (over()) return false;
    if (!expect(now, InputKind::entropy, bytes.size())) {
        differ(now, fmt::format("entropy of {} bytes", bytes.size()));
        return false;
    }
    const std::span<const std::byte> recorded = log_.next()->data;
    std::copy(recorded.begin(), recorded.end(), bytes.begin());
    const bool there = !recorded.empty();
    advance();
    return there;
}

// False: not what the machine takes in between instructions.
bool ReplayingInputs::deliver(const InputRecord& record) {
    switch (record.kind) {
        case InputKind::console:
            console_.deliver(record.data);
            return true;
        case InputKind::line_break:
            console_.deliver_break();
            return true;
        case InputKind::quit:
            quit_ = true;
            return true;
        case InputKind::clock:
            clock_.set(record.at, record.value);
            return true;
        default:
            return false;
    }
}

void ReplayingInputs::take_in(const Moment& now) {
    const u32 look = looks_.next(now);
    while (!over() && log_.next()->at == now && log_.next()->look == look && deliver(*log_.next()))
        advance();
    if (!over() && log_.next()->at < now) differ(now, "the run goes on");
}

u64 ReplayingInputs::wait(const Moment& now, u64 deadline, std::span<const int>) {
    if (deadline <= now.tick || over()) return now.tick;
    if (expect(now, InputKind::wake, std::nullopt) && log_.next()->value <= deadline) {
        const u64 wake = log_.next()->value;
        advance();
        return wake;
    }
    if (deadline != kNever) return deadline;
    differ(now, "the guest waits for input");
    return now.tick;
}

std::optional<int> ReplayingInputs::ended() const noexcept {
    return over() ? std::optional(0) : std::nullopt;
}

void ReplayingInputs::reset(const Moment& now) {
    if (!log_.next() || !difference_.empty()) return;
    if (!expect(now, InputKind::reset, std::nullopt)) return differ(now, "a reset");
    clock_.restart(now);
    advance();
}

void ReplayingInputs::position_state(StateArchive& archive) {
    u64 position = log_.position();
    archive.at_most(position, log_.count(), "the number of records");
    if (archive.loading()) log_.seek(position);
}

void ReplayingInputs::finish(const Moment& now, int code) {
    if (!log_.next() || !difference_.empty()) return;
    if (!expect(now, InputKind::end, static_cast<u64>(code)))
        return differ(now, fmt::format("the end of the run with {}", code));
    advance();
    finished_ = true;
}

std::optional<Moment> ReplayingInputs::cut_off() const {
    if (finished_ || log_.next() || !difference_.empty()) return std::nullopt;
    return last_;
}

}  // namespace kiln
