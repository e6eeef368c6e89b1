#include "machine/jit_control.h"

#include "devices/bits.h"

namespace kiln {
namespace {

// Instructions that make a page worth a region, for each execution that makes code very hot.
constexpr uint64_t kHeatOfExecution = 600;

}  // namespace

uint64_t EngineControl::retired() const noexcept {
    // The instruction that reads has begun and has not retired.
    return hart_ == nullptr ? 0 : hart_->retired() - 1;
}

uint64_t EngineControl::features() const noexcept {
    return engine_.compiles() ? kJitCounters | kJitCompile | kJitThresholds : kJitCounters;
}

JitCounters EngineControl::counters(const JitRange& range) noexcept {
    slice_over_ = true;
    const BlockCounts counts = engine_.counts(range.start, range.length);
    JitCounters counters;
    static_assert(kCodeLevels == kJitLevels);
    counters.blocks_at_level = counts.at_level;
    counters.instructions = counts.instructions;
    counters.executions = counts.entries;
    return counters;
}

JitStatus EngineControl::compile(const JitRange& range) noexcept {
    if (!engine_.compiles()) return JitStatus::kUnavailable;
    slice_over_ = true;
    if (engine_.request(range.start, range.length) != 0) return JitStatus::kQueued;
    const BlockCounts counts = engine_.counts(range.start, range.length);
    return counts.at_level[0] != counts.blocks ? JitStatus::kDone : JitStatus::kUnavailable;
}

void EngineControl::set_thresholds(const JitThresholds& thresholds) noexcept {
    if (!engine_.compiles()) return;
    engine_.set_tier_up(thresholds.warm);
    engine_.set_region_heat(saturating_multiply(thresholds.very_hot, kHeatOfExecution));
}

}  // namespace kiln
