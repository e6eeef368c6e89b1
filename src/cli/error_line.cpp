#include "cli/error_line.h"

#include <fmt/format.h>
#include <iterator>

namespace kiln {

std::string format_error_line(std::string_view message) {
    std::string line = "kiln: ";
    for (const char c : message) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            fmt::format_to(std::back_inserter(line), "\\x{:02x}", byte);
        } else {
            line += c;
        }
    }
    return line + "\n";
}

}  // namespace kiln
