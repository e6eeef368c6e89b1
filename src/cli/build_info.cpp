#include "cli/commands.h"
#include "cpu/riscv/isa.h"
#include "machine/backends.h"

namespace kiln {

BuildInfo build_info() {
    BuildInfo info{KILN_VERSION, riscv::Isa::everything(64).to_string(), {}, KILN_DEFAULT_BACKEND};
    for (const BackendInfo& backend : backends()) info.backends.emplace_back(backend.name);
    return info;
}

}  // namespace kiln
