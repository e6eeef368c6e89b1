// A way out of a region's code to a known target, as the engine gets it (native::Edge).
#pragma once

#include "jit/ir/region.h"

namespace kiln::llvm_backend {

// An edge that the code refers to, by its number.
struct EdgePlan {
    i64 offset;  // of the target from the region's base
    bool keyed;
    ir::RegionIndex inner = ir::kOutside;  // the block that it leads to inside the region
    // Return predictions hold it, so that code elsewhere leaves through it.
    bool predicted = false;
};

}  // namespace kiln::llvm_backend
