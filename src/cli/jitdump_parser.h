// `kiln jitdump`: a run, and which of the compiled blocks are shown.
#pragma once

#include "cli/run_parser.h"

namespace kiln {

class JitdumpParser {
  public:
    JitdumpParser(CLI::App& top, const BuildInfo& build);
    bool chosen() const { return run_.chosen(); }
    JitdumpRequest finish();

  private:
    CLI::App& app_;
    RunParser run_;
    JitdumpRequest request_;
};

}  // namespace kiln
