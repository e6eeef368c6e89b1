// The engines that this program was built with.
#pragma once

#include <span>
#include <string_view>

#include "jit/backend.h"

namespace kiln {

struct BackendInfo {
    std::string_view name;
    MakeBackend make;  // nullptr: the interpreter alone
};

// All of them, the interpreter first.
std::span<const BackendInfo> backends();
// What makes the backend of that name. Throws UsageError where there is none.
MakeBackend find_backend(std::string_view name);

}  // namespace kiln
