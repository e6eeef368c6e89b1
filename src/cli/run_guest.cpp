#include "cli/run_guest.h"

#include <cstdio>
#include <fmt/format.h>
#include <optional>

#include "cli/cache_folder.h"
#include "cli/error_line.h"
#include "cli/observers.h"
#include "cli/stats.h"
#include "debug/server.h"
#include "image/file.h"
#include "jit/audit_report.h"
#include "support/error.h"
#include "support/log.h"

namespace kiln {
namespace {

// Before the run: it may be a long one.
void check_outputs(const MachineConfig& config) {
    for (const std::string* name : {&config.dump_dtb, &config.stats_json, &config.signature,
                                    &config.hash_log, &config.snapshot}) {
        if (!name->empty()) require_writable(*name);
    }
}

void report(const MachineConfig& config, const RunStats& stats) {
    if (config.stats) fmt::print(stderr, "{}", format_stats(stats));
    if (!config.stats_json.empty()) write_file_atomically(config.stats_json, stats_to_json(stats));
    if (stats.state_hash) fmt::print(stderr, "state-hash {:016x}\n", *stats.state_hash);
}

}  // namespace

int run_guest(const MachineConfig& requested, RunSurroundings surroundings) try {
    MachineConfig config = requested;
    config.cache = cache_folder(config);
    check_outputs(config);
    set_log_mask(config.log_mask);
    Observers observers(config);
    if (surroundings.listener != nullptr) observers.add(*surroundings.listener);
    surroundings.listener = observers.listener();
    std::optional<debug::Server> debugger;
    if (config.gdb) {
        debugger.emplace(config);
        fmt::print(stderr, "{}", format_error_line("gdb: target remote " + debugger->name()));
        surroundings.driver = &*debugger;
    }
    RunStats stats;
    const int code = run_machine(config, stats, surroundings);
    report(config, stats);
    // A process has 8 bits; a guest's 256 must not look like success.
    return code >= 0 && code <= 255 ? code : 255;
} catch (const AuditFailure& failure) {
    fmt::print(stderr, "{}{}", format_error_line(failure.what()), failure.report());
    return kExitInternal;
}

}  // namespace kiln
