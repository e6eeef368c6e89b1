// `kiln bisect`: a search for the first difference between two backends.
#pragma once

#include "cli/run_parser.h"

namespace kiln {

class BisectParser {
  public:
    // `build` must outlive the parser.
    BisectParser(CLI::App& top, const BuildInfo& build);
    bool chosen() const { return run_.chosen(); }
    BisectRequest finish();

  private:
    BisectRequest request_;
    CLI::App& app_;
    RunParser run_;
    const BuildInfo& build_;
};

}  // namespace kiln
