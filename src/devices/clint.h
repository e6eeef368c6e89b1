// SiFive CLINT: software interrupts between harts and the machine timer.
#pragma once

#include <vector>

#include "devices/bus.h"
#include "support/state_archive.h"

namespace kiln {

class Clint final : public Device {
  public:
    // The interrupt outputs of one hart.
    struct Outputs {
        IrqLine msip;
        IrqLine mtip;
    };

    // One set of outputs for each hart, by hart id (1 to 4095 of them).
    Clint(Clock& clock, std::vector<Outputs> outputs);

    // msip is 4 bytes wide; mtimecmp and mtime take 4 or 8. What belongs to no hart reads as zero.
    std::optional<uint64_t> read(uint64_t offset, unsigned size) noexcept override;
    bool write(uint64_t offset, unsigned size, uint64_t value) noexcept override;

    // The device's state, saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive);

    // Guest time as mtime (and so the `time` CSR) shows it: the clock plus what the guest wrote.
    uint64_t mtime() noexcept { return clock_->now() + offset_; }
    // Sets each timer line to mtime >= mtimecmp.
    void update() noexcept;
    // The earliest time, in ticks of the clock, at which a timer line will rise that is low now;
    // UINT64_MAX when there is none.
    uint64_t next_deadline() noexcept;

  private:
    struct HartTimer {
        Outputs outputs;
        // The reset value is left open; the largest one keeps the timer silent until it is set.
        uint64_t mtimecmp = UINT64_MAX;
        bool msip = false;
        bool mtip = false;
    };

    uint64_t* timecmp_at(uint64_t offset) noexcept;

    Clock* clock_;
    std::vector<HartTimer> harts_;
    uint64_t offset_ = 0;
};

}  // namespace kiln
