// `kiln disasm`: a listing of a guest program.
#pragma once

#include "cli/options.h"

namespace CLI {
class App;
}

namespace kiln {

class DisasmParser {
  public:
    explicit DisasmParser(CLI::App& top);
    bool chosen() const;
    DisasmRequest finish();

  private:
    CLI::App& app_;
    DisasmRequest request_;
};

}  // namespace kiln
