// `kiln record` and `kiln replay`: a run whose inputs are written down, and its repetition.
#pragma once

#include "cli/run_parser.h"

namespace kiln {

class RecordParser {
  public:
    RecordParser(CLI::App& top, const BuildInfo& build);
    bool chosen() const { return run_.chosen(); }
    RecordRequest finish();

  private:
    RecordRequest request_;
    CLI::App& app_;
    RunParser run_;
};

class ReplayParser {
  public:
    ReplayParser(CLI::App& top, const BuildInfo& build);
    bool chosen() const { return run_.chosen(); }
    ReplayRequest finish();

  private:
    ReplayRequest request_;
    CLI::App& app_;
    RunParser run_;
};

}  // namespace kiln
