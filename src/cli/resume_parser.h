// `kiln resume`: a run from a snapshot.
#pragma once

#include "cli/run_parser.h"

namespace kiln {

class ResumeParser {
  public:
    ResumeParser(CLI::App& top, const BuildInfo& build);
    bool chosen() const { return run_.chosen(); }
    ResumeRequest finish();

  private:
    ResumeRequest request_;
    CLI::App& app_;
    RunParser run_;
};

}  // namespace kiln
