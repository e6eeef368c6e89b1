#include "machine/run_plan.h"

#include <algorithm>
#include <fmt/format.h>

#include "image/file.h"
#include "support/error.h"

namespace kiln {

RunPlan::RunPlan(const MachineConfig& config) : config_(config) {
    if (!config.snapshot_at) return;
    for (const DriveSpec& drive : config.drives)
        if (!drive.read_only)
            throw UsageError("--snapshot-at: a snapshot cannot hold what the guest writes to " +
                             drive.file + "; add ,ro");
}

// The first count behind `begun` at which there is something to do.
u64 RunPlan::next_stop(u64 begun) const {
    u64 next = ~u64{0};
    if (config_.hash_every) next = (begun / *config_.hash_every + 1) * *config_.hash_every;
    if (config_.snapshot_at && *config_.snapshot_at > begun)
        next = std::min(next, *config_.snapshot_at);
    return next;
}

void RunPlan::stop(Machine& machine, u64 begun) {
    if (config_.snapshot_at == begun) {
        machine.save_to(config_.snapshot);
        snapshot_made_ = true;
    }
    if (config_.hash_every && begun % *config_.hash_every == 0)
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
    if (config_.snapshot_at && !snapshot_made_)
        throw InputError(config_.snapshot,
                         fmt::format("the guest ended before it had begun {} instructions",
                                     *config_.snapshot_at));
    if (!config_.hash_log.empty()) write_file_atomically(config_.hash_log, hashes_);
}

}  // namespace kiln
