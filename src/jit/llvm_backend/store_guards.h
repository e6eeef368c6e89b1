// Which direct stores ask whether what they write is guarded. Stores of a group (ir::AccessGroups)
// that one guard byte answers for have the first of them ask: where that leaves, it is in front of
// all of them.
#pragma once

#include <optional>
#include <vector>

#include "jit/ir/access_groups.h"

namespace kiln::llvm_backend {

// For each value of the block that is a store: from where on, from its base, no granule's length
// may be guarded. Nothing: a store in front has asked for the same bytes.
std::vector<std::optional<i32>> find_store_guards(const ir::Block& block,
                                                  const ir::AccessGroups& groups);

}  // namespace kiln::llvm_backend
