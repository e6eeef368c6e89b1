#include "machine/run_plan.h"

#include <algorithm>
#include <fmt/format.h>

#include "image/file.h"

namespace kiln {

// The first count behind `begun` at which there is something to do.
u64 RunPlan::next_stop(u64 begun) const {
    if (!config_.hash_every) return ~u64{0};
    return (begun / *config_.hash_every + 1) * *config_.hash_every;
}

void RunPlan::stop(Machine& machine, u64 begun) {
    hashes_ += fmt::format("{} {:016x}\n", begun, machine.state_hash());
}

RunEnd RunPlan::drive(Machine& machine, u64 limit) {
    for (;;) {
        const u64 stop_at = next_stop(before_ + machine.begun()) - before_;
        const RunEnd end = machine.run_until(std::min(limit, stop_at));
        if (end != RunEnd::reached) return end;
        if (machine.begun() == stop_at) stop(machine, before_ + stop_at);
        if (machine.begun() == limit) return end;
    }
}

void RunPlan::finish() const {
    if (!config_.hash_log.empty()) write_file_atomically(config_.hash_log, hashes_);
}

}  // namespace kiln
