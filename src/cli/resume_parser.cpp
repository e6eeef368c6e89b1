#include "cli/resume_parser.h"

#include "cli/option_value.h"

namespace kiln {
namespace {

CLI::App& with_file(CLI::App& app, std::string& file) {
    add_file(app, "FILE", file, "Snapshot made by --snapshot-at");
    return app;
}

}  // namespace

ResumeParser::ResumeParser(CLI::App& top, const BuildInfo& build)
    : app_(*top.add_subcommand("resume", "Go on with a guest from a snapshot")),
      run_(with_file(app_, request_.snapshot), build, RunOptions::resuming) {
    app_.footer(kExitStatuses);
}

ResumeRequest ResumeParser::finish() {
    request_.config = run_.finish();
    if (request_.snapshot.empty()) throw UsageError("FILE: is empty");
    return std::move(request_);
}

}  // namespace kiln
