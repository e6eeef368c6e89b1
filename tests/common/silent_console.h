// A console that nobody reads or types on.
#pragma once

#include "devices/char_backend.h"

namespace kiln::test {

class SilentConsole final : public CharBackend {
  public:
    size_t write(std::span<const std::byte> bytes) noexcept override { return bytes.size(); }
    size_t read(std::span<std::byte>) noexcept override { return 0; }
};

}  // namespace kiln::test
