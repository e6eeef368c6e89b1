#include "cpu/riscv/causes.h"
#include "machine/machine.h"

namespace kiln {
namespace {

RegionRunStats of_regions(const RegionStats& stats) {
    return {.regions = stats.compiled,
            .kept = stats.kept,
            .known = stats.known,
            .blocks = stats.blocks,
            .instructions = stats.instructions,
            .bytes = stats.code_bytes,
            .refused = stats.refused,
            .invalidated = stats.invalidated,
            .dropped = stats.dropped,
            .evicted = stats.evicted,
            .waiting = stats.waiting,
            .compile_seconds = stats.compile_seconds,
            .guest_seconds = stats.guest_seconds,
            .longest_wait = stats.longest_wait};
}

}  // namespace

RunStats Machine::stats() const {
    RunStats stats;
    stats.backend = config_.backend;
    stats.wall_seconds = wall_seconds_;
    for (const auto& hart : harts_) {
        HartStats one;
        one.instructions = hart->retired();
        one.tlb_misses = {hart->misses.fetch, hart->misses.load, hart->misses.store};
        if (const UserWindows* windows = hart->user_windows())
            one.user_window = {windows->mapped(), windows->faulted()};
        for (unsigned cause = 0; cause < 16; ++cause) {
            if (hart->traps.exceptions[cause] != 0)
                one.traps[riscv::cause_name(cause, false)] = hart->traps.exceptions[cause];
            if (hart->traps.interrupts[cause] != 0)
                one.traps[riscv::cause_name(cause, true)] = hart->traps.interrupts[cause];
        }
        stats.harts.push_back(std::move(one));
    }
    const EngineStats engine = engine_->stats();
    stats.blocks_decoded = engine.blocks_decoded;
    stats.blocks_invalidated = engine.blocks_invalidated;
    stats.native = {.blocks = engine.hot.blocks_compiled,
                    .instructions = engine.hot.instructions_compiled,
                    .bytes = engine.hot.code_bytes,
                    .refused = engine.hot.blocks_refused,
                    .invalidated = engine.native_invalidated,
                    .revived = engine.hot.blocks_revived,
                    .links = engine.hot.links,
                    .reuses = engine.hot.reuses,
                    .compile_seconds = engine.hot.compile_seconds};
    stats.regions = of_regions(engine.hot.regions);
    for (size_t level = 0; level < stats.tiers.size(); ++level)
        stats.tiers[level] = {engine.tiers[level].instructions, engine.tiers[level].seconds};
    return stats;
}

}  // namespace kiln
