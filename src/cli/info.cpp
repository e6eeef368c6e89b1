#include "cli/info.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/host_features.h"

namespace kiln {

std::string format_info(const BuildInfo& build, const std::string& cache) {
    return fmt::format(
        "kiln           {}\n"
        "backends       {}\n"
        "default        {}\n"
        "default ISA    {}\n"
        "host features  {}\n"
        "kept code      {}\n",
        build.version, fmt::join(build.backends, " "), build.default_backend, build.default_isa,
        fmt::join(host_features(), " "), cache.empty() ? "off" : cache);
}

}  // namespace kiln
