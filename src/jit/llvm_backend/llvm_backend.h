// The backend for very hot code: regions of blocks, by LLVM.
#pragma once

#include "jit/backend.h"

namespace kiln {

// See MakeRegionBackend.
std::unique_ptr<RegionBackend> make_llvm_backend(u64 bytes, const native::Table& table,
                                                 const native::Layout& layout);

}  // namespace kiln
