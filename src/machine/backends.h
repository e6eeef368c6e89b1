// The engines that this program was built with.
#pragma once

#include <span>
#include <string_view>

#include "jit/backend.h"

namespace kiln {

struct BackendInfo {
    std::string_view name;
    MakeBackend make = nullptr;           // of blocks
    MakeRegionBackend regions = nullptr;  // of regions

    // Otherwise there is the interpreter alone.
    bool compiles() const { return make != nullptr || regions != nullptr; }
};

// All of them, the interpreter first.
std::span<const BackendInfo> backends();
// The one of that name. Throws UsageError where there is none.
const BackendInfo& find_backend(std::string_view name);

}  // namespace kiln
