#include "machine/jit_control.h"

namespace kiln {

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
    counters.blocks_at_level[0] = counts.blocks - counts.compiled;
    counters.blocks_at_level[1] = counts.compiled;
    counters.instructions = counts.instructions;
    counters.executions = counts.entries;
    return counters;
}

JitStatus EngineControl::compile(const JitRange& range) noexcept {
    if (!engine_.compiles()) return JitStatus::kUnavailable;
    slice_over_ = true;
    if (engine_.request(range.start, range.length) != 0) return JitStatus::kQueued;
    const bool compiled = engine_.counts(range.start, range.length).compiled != 0;
    return compiled ? JitStatus::kDone : JitStatus::kUnavailable;
}

void EngineControl::set_thresholds(const JitThresholds& thresholds) noexcept {
    if (engine_.compiles()) engine_.set_tier_up(thresholds.warm);
}

}  // namespace kiln
