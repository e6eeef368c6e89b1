// The two clocks of a machine: the wall's, and retired instructions.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "cpu/cpu_state.h"
#include "devices/bits.h"
#include "devices/bus.h"
#include "support/int.h"
#include "support/state_archive.h"

namespace kiln {

inline constexpr u64 kNsPerTick = 1'000'000'000 / kTimebaseHz;
// Time ends here, after 584 years.
inline constexpr u64 kLastTick = ~u64{0} / kNsPerTick;

// Guest time is the wall's since the machine was made, without the time in which it stood still.
class HostClock final : public Clock {
  public:
    u64 now() noexcept override {
        const auto elapsed = stopped_.value_or(Steady::now()) - start_;
        return static_cast<u64>(
                   std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count()) /
               kNsPerTick;
    }
    // Time stands still until go_on().
    void stop() {
        if (!stopped_) stopped_ = Steady::now();
    }
    void go_on() {
        if (stopped_) start_ += Steady::now() - *stopped_;
        stopped_.reset();
    }

    // The time, saved; or loaded: then it goes on from there.
    void state(StateArchive& archive) {
        u64 ticks = now();
        archive.at_most(ticks, kLastTick / 4, "the time");
        if (archive.loading())
            start_ = stopped_.value_or(Steady::now()) -
                     std::chrono::nanoseconds(static_cast<i64>(ticks * kNsPerTick));
    }

  private:
    using Steady = std::chrono::steady_clock;

    Steady::time_point start_ = Steady::now();
    std::optional<Steady::time_point> stopped_;
};

// Guest time is the count of instructions that the harts began, and idle time is skipped. Harts run
// one after the other, and time never goes back between them: of N harts each instruction takes an
// Nth of its time, so that all of them together have the speed of one that is alone in each.
class InstructionClock final : public Clock {
  public:
    // `rate`: million instructions in a second of guest time, at least 1.
    explicit InstructionClock(u64 rate) : rate_(rate) {}

    // Time goes on with the instructions of `hart`, which outlives the clock.
    void add(const CpuState& hart) { harts_.push_back(&hart); }

    u64 now() noexcept override { return now_ns() / kNsPerTick; }
    // Instructions, of whichever harts, until `tick`; at least 1.
    u64 instructions_until(u64 tick) const {
        const u64 ns = tick > kLastTick ? ~u64{0} : tick * kNsPerTick;
        if (ns <= skipped_ns_) return 1;
        const u128 wanted = (u128{ns - skipped_ns_} * in_a_millisecond() + 999'999) / 1'000'000;
        const u64 count = wanted > ~u64{0} ? ~u64{0} : static_cast<u64>(wanted);
        return std::max(u64{1}, count - std::min(count, begun()));
    }
    // `tick` is at most kLastTick.
    void skip_to(u64 tick) {
        const u64 ns = tick * kNsPerTick;
        if (ns > now_ns()) skipped_ns_ += ns - now_ns();
    }

    // The time beyond that of the harts' instructions, saved or loaded.
    void state(StateArchive& archive) { archive.value(skipped_ns_); }

  private:
    // Instructions of all harts.
    u64 in_a_millisecond() const { return rate_ * 1000 * harts_.size(); }
    u64 now_ns() const {
        return skipped_ns_ + static_cast<u64>(u128{begun()} * 1'000'000 / in_a_millisecond());
    }
    u64 begun() const {
        u64 sum = 0;
        for (const CpuState* hart : harts_) sum += hart->begun();
        return sum;
    }

    const u64 rate_;
    std::vector<const CpuState*> harts_;
    u64 skipped_ns_ = 0;
};

}  // namespace kiln
