// Read-only memory on the bus: what the reset vector leaves for firmware to read.
#pragma once

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "devices/bus.h"

namespace kiln {

class Rom final : public Device {
  public:
    explicit Rom(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

    std::optional<uint64_t> read(uint64_t offset, unsigned size) noexcept override {
        uint64_t value = 0;
        if (offset < bytes_.size())
            std::memcpy(&value, bytes_.data() + offset,
                        std::min<uint64_t>(size, bytes_.size() - offset));
        return value;
    }
    bool write(uint64_t, unsigned, uint64_t) noexcept override { return false; }

  private:
    std::vector<std::byte> bytes_;
};

}  // namespace kiln
