// The backend for very hot code: regions of blocks, by LLVM.
#pragma once

#include "jit/backend.h"

namespace kiln {

// See MakeRegionBackend. What it compiles is kept in the setup's store.
std::unique_ptr<RegionBackend> make_llvm_backend(const RegionBackendSetup& setup);

}  // namespace kiln
