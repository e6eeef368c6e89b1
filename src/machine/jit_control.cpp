#include "machine/jit_control.h"

namespace kiln {

uint64_t EngineControl::retired() const noexcept {
    // The instruction that reads has begun and has not retired.
    return hart_ == nullptr ? 0 : hart_->retired() - 1;
}

JitCounters EngineControl::counters(const JitRange& range) noexcept {
    slice_over_ = true;
    const BlockCounts counts = engine_.counts(range.start, range.length);
    JitCounters counters;
    counters.blocks_at_level[0] = counts.blocks;
    counters.instructions = counts.instructions;
    counters.executions = counts.entries;
    return counters;
}

}  // namespace kiln
