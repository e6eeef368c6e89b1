// `kiln cache`: what is kept, and its removal.
#pragma once

#include "cli/options.h"

namespace CLI {
class App;
}

namespace kiln {

class CacheParser {
  public:
    explicit CacheParser(CLI::App& top);
    bool chosen() const;
    CacheRequest finish();

  private:
    CLI::App& app_;
    CacheRequest request_;
};

}  // namespace kiln
