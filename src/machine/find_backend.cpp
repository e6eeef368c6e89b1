#include <algorithm>
#include <string>

#include "machine/backends.h"
#include "support/error.h"

namespace kiln {

const BackendInfo& find_backend(std::string_view name) {
    const auto found = std::ranges::find(backends(), name, &BackendInfo::name);
    if (found == backends().end())
        throw UsageError("--backend: this program has no '" + std::string(name) + "'");
    return *found;
}

}  // namespace kiln
