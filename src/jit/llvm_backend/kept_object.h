// What is kept of a compiled region: the object that LLVM made, and its edges, so that a later run
// need not make LLVM's IR to know them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "jit/llvm_backend/edge_plan.h"

namespace kiln::llvm_backend {

struct KeptObject {
    std::vector<EdgePlan> edges;
    std::vector<std::byte> object;
};

std::vector<std::byte> save(const KeptObject& kept);
// From bytes that may be anything, for a region of so many blocks. Throws StateError.
KeptObject load_object(std::span<const std::byte> bytes, size_t blocks);

}  // namespace kiln::llvm_backend
