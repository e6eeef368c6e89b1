#include "cli/gdb_address.h"

#include <fmt/format.h>

#include "cli/number.h"
#include "support/error.h"

namespace kiln {

GdbAddress parse_gdb_address(const std::string& text) {
    GdbAddress address;
    std::string place = text;
    if (const size_t comma = place.find(','); comma != std::string::npos) {
        if (place.substr(comma) != ",nowait")
            throw UsageError(fmt::format("--gdb: '{}' is not ,nowait", place.substr(comma)));
        address.wait = false;
        place.resize(comma);
    }
    if (const size_t colon = place.rfind(':'); colon != std::string::npos) {
        address.host = place.substr(0, colon);
        place.erase(0, colon + 1);
        // IPv6 addresses hold colons themselves.
        if (address.host.starts_with('[') && address.host.ends_with(']'))
            address.host = address.host.substr(1, address.host.size() - 2);
        if (address.host.empty()) throw UsageError("--gdb: no host in front of the colon");
    }
    address.port = static_cast<uint16_t>(parse_number("--gdb", place, 0, UINT16_MAX));
    return address;
}

}  // namespace kiln
