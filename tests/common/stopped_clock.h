// A clock for harts without a machine: it shows 0 for ever.
#pragma once

#include "devices/bus.h"

namespace kiln::test {

struct StoppedClock final : Clock {
    uint64_t now() noexcept override { return 0; }
};

}  // namespace kiln::test
