// Sleeping on the host until there is something to do.
#pragma once

#include <ctime>
#include <optional>
#include <poll.h>
#include <span>
#include <vector>

#include "devices/char_backend.h"
#include "support/int.h"

namespace kiln {

// Sleeps until `console` or one of `others` has input or so many nanoseconds are over, nullopt:
// however long it takes. True: all the time was slept.
inline bool wait_for_input(const CharBackend& console, std::span<const int> others,
                           std::optional<u64> ns) {
    constexpr u64 kNsPerSecond = 1'000'000'000;
    const u64 most = ns.value_or(0);
    const timespec timeout{static_cast<time_t>(most / kNsPerSecond),
                           static_cast<long>(most % kNsPerSecond)};
    std::vector<pollfd> inputs{{console.poll_fd(), POLLIN, 0}};  // a negative one is passed over
    for (const int fd : others) inputs.push_back({fd, POLLIN, 0});
    return ppoll(inputs.data(), inputs.size(), ns ? &timeout : nullptr, nullptr) == 0;
}

// Whether a file descriptor has input, or its end.
inline bool has_input(int fd) {
    pollfd input{fd, POLLIN, 0};
    return poll(&input, 1, 0) > 0 && input.revents != 0;
}

}  // namespace kiln
