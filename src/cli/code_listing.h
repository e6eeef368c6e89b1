// The command `jitdump`: which blocks are shown, and how.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/code_recorder.h"
#include "cli/options.h"
#include "image/image.h"

namespace kiln {

// Which blocks `request` asks for, as far as that is known when they are compiled. `functions` are
// those of the program. Throws UsageError when the function that is asked for is not among them.
CodeRecorder::Wanted wanted_code(const JitdumpRequest& request,
                                 const std::vector<Symbol>& functions);

// Lists the blocks: each with a line that says what it is, then as guest code, as IR and as host
// code.
void list_code(CodeRecorder& recorder, const JitdumpRequest& request,
               const std::vector<Symbol>& functions,
               const std::function<void(std::string_view)>& out);

}  // namespace kiln
