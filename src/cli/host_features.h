// Extensions of the host's processor that code generators may use.
#pragma once

#include <string>
#include <vector>

namespace kiln {

// The names of those that the processor has and the operating system has switched on.
std::vector<std::string> host_features();

}  // namespace kiln
