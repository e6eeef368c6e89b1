// The host-target interface of the RISC-V test suites: a guest writes requests to the symbol
// `tohost` and finds answers at `fromhost` (riscv-isa-sim, docs; riscv-tests env).
#pragma once

#include <optional>
#include <span>

#include "cpu/memory.h"
#include "devices/char_backend.h"
#include "support/state_archive.h"

namespace kiln {

class Htif final : public WriteListener {
  public:
    // Watches `tohost`, a RAM address. `fromhost` may be absent: then nothing is answered.
    Htif(Memory& memory, CharBackend& console, u64 tohost, std::optional<u64> fromhost);

    // The code that the guest ended with.
    std::optional<int> exit_code() const { return exit_code_; }

    // Saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive) { archive.value(exit_code_); }

    void guarded_write(u64 address, u64 size, u8 flags) noexcept override;

  private:
    void handle(u64 request);
    void system_call(u64 block);
    void answer(u64 value);
    u64 read(u64 address) const;

    Memory& memory_;
    CharBackend& console_;
    u64 tohost_;
    std::optional<u64> fromhost_;
    std::optional<int> exit_code_;
    bool handling_ = false;
};

}  // namespace kiln
