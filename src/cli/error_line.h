// How errors reach the user.
#pragma once

#include <string>
#include <string_view>

namespace kiln {

// "kiln: MESSAGE" and a newline. Control characters, which a file's name may hold, are escaped, so
// that it is one line whatever the message says.
std::string format_error_line(std::string_view message);

}  // namespace kiln
