#include "cli/cache_folder.h"

#include <cstdlib>
#include <string_view>

namespace kiln {
namespace {

// A folder that an environment variable names; others than absolute ones are to be ignored (XDG
// Base Directory Specification).
std::string_view folder_in(const char* variable) {
    const char* const value = std::getenv(variable);
    return value != nullptr && value[0] == '/' ? value : std::string_view();
}

}  // namespace

std::string default_cache_folder() {
    if (const auto caches = folder_in("XDG_CACHE_HOME"); !caches.empty())
        return std::string(caches) + "/kiln";
    if (const auto home = folder_in("HOME"); !home.empty())
        return std::string(home) + "/.cache/kiln";
    return "";
}

std::string cache_folder(const MachineConfig& config) {
    return config.cache ? *config.cache : default_cache_folder();
}

}  // namespace kiln
