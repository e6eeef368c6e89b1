// The two clocks of a machine: the wall's, and retired instructions.
#pragma once

#include <chrono>

#include "cpu/cpu_state.h"
#include "devices/bus.h"
#include "support/int.h"

namespace kiln {

inline constexpr u64 kNsPerTick = 1'000'000'000 / kTimebaseHz;
// Time ends here, after 584 years.
inline constexpr u64 kLastTick = ~u64{0} / kNsPerTick;

// Guest time is the wall's since the machine was made.
class HostClock final : public Clock {
  public:
    u64 now() noexcept override {
        const auto elapsed = std::chrono::steady_clock::now() - start_;
        return static_cast<u64>(
                   std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count()) /
               kNsPerTick;
    }

  private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// An instruction takes a nanosecond, and idle time is skipped. Harts run one after the other, but
// in guest time at once: each slice starts at the same time.
class InstructionClock final : public Clock {
  public:
    static constexpr u64 kNsPerInstruction = 1;

    u64 now() noexcept override {
        const u64 running = hart_ == nullptr ? 0 : hart_->begun() - begun_;
        return (ns_ + running * kNsPerInstruction) / kNsPerTick;
    }
    // A hart starts its slice, and time follows it; nullptr: none runs.
    void follow(const CpuState* hart) {
        hart_ = hart;
        begun_ = hart == nullptr ? 0 : hart->begun();
    }
    void advance(u64 instructions) { ns_ += instructions * kNsPerInstruction; }
    // Instructions until `tick`, at least 1.
    u64 instructions_until(u64 tick) const {
        const u64 ns = tick > kLastTick ? ~u64{0} : tick * kNsPerTick;
        return ns <= ns_ ? 1 : (ns - ns_) / kNsPerInstruction;
    }
    // `tick` is at most kLastTick.
    void skip_to(u64 tick) {
        const u64 ns = tick * kNsPerTick;
        if (ns > ns_) ns_ = ns;
    }

  private:
    u64 ns_ = 0;
    const CpuState* hart_ = nullptr;
    u64 begun_ = 0;
};

}  // namespace kiln
