// What compiled code depends on beside the region that it was made of.
#pragma once

#include <string>
#include <string_view>

namespace kiln::kept {

// The linker's name for what this program was built from: 40 hexadecimal digits, others for other
// sources or options. Empty: the program has none.
std::string build_id();
// The host's processor: its name, and all that it says of its instructions, as far as the operating
// system has switched them on.
std::string processor();
// The identity of a store for the code of a backend, whose name tells its version where it has one
// of its own. Empty where the program has no build id: then no code is kept.
std::string identity(std::string_view backend);

}  // namespace kiln::kept
