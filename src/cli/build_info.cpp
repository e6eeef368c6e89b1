#include "cli/commands.h"
#include "cpu/riscv/isa.h"

namespace kiln {

BuildInfo build_info() {
    return {KILN_VERSION, riscv::Isa::everything(64).to_string(), {"interp"}};
}

}  // namespace kiln
