#include "cli/recording_parser.h"

#include "cli/option_value.h"

namespace kiln {
namespace {

// The command's argument comes before the options of a run in its help.
CLI::App& with_log(CLI::App& app, const std::string& help, std::string& log) {
    add_file(app, "LOG", log, help);
    return app;
}

}  // namespace

RecordParser::RecordParser(CLI::App& top, const BuildInfo& build)
    : app_(*top.add_subcommand("record", "Run a guest and write down all that reaches it")),
      run_(with_log(app_, "File to write the recording to", request_.log), build) {}

RecordRequest RecordParser::finish() {
    if (app_.count("--dump-dtb") != 0) throw UsageError("--dump-dtb: runs nothing; use kiln run");
    if (app_.count("--snapshot-at") != 0)
        throw UsageError("--snapshot-at: a recorded run has no snapshots");
    if (app_.count("--gdb") != 0)
        throw UsageError("--gdb: record first, then debug with kiln replay");
    request_.config = run_.finish();
    if (app_.count("--clock") != 0 && request_.config.clock != ClockKind::icount)
        throw UsageError("--clock: a recorded run has only icount");
    request_.config.clock = ClockKind::icount;
    return std::move(request_);
}

ReplayParser::ReplayParser(CLI::App& top, const BuildInfo& build)
    : app_(*top.add_subcommand("replay", "Repeat a recorded run")),
      run_(with_log(app_, "Recording made by kiln record", request_.log), build,
           RunOptions::observing) {
    app_.footer(kExitStatuses);
}

ReplayRequest ReplayParser::finish() {
    request_.config = run_.finish();
    if (request_.log.empty()) throw UsageError("LOG: is empty");
    return std::move(request_);
}

}  // namespace kiln
