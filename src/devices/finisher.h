// SiFive test finisher: the guest's way to end the machine with an exit code. The low half of the
// written word is the command, the upper half the code.
#pragma once

#include <optional>

#include "devices/bus.h"
#include "support/state_archive.h"

namespace kiln {

class Finisher final : public Device {
  public:
    // Reads as zero, 2 or 4 bytes wide.
    std::optional<uint64_t> read(uint64_t offset, unsigned size) noexcept override;
    // A write of 2 or 4 bytes at offset 0: 0x5555 passes (exit code 0), 0x3333 fails with the code
    // in bits 31:16, 0x7777 asks for a reset. Everything else is ignored.
    bool write(uint64_t offset, unsigned size, uint64_t value) noexcept override;

    // The device's state, saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive);

    // The code the guest ended with (0 to 65535); nullopt while it runs.
    std::optional<int> exit_code() const { return exit_code_; }
    bool reset_requested() const { return reset_requested_; }

  private:
    std::optional<int> exit_code_;
    bool reset_requested_ = false;
};

}  // namespace kiln
