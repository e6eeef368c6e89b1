// Goldfish real-time clock: nanoseconds since the epoch, and one alarm with an interrupt.
#pragma once

#include <functional>

#include "devices/bus.h"
#include "support/state_archive.h"

namespace kiln {

// Nanoseconds since 1970-01-01 UTC by the host's clock.
uint64_t host_wall_clock_ns();

class GoldfishRtc final : public Device {
  public:
    // `wall_clock_ns` tells the time in nanoseconds since the epoch; it need not be the host's.
    GoldfishRtc(std::function<uint64_t()> wall_clock_ns, IrqLine irq);

    // Registers are 4 bytes wide; another size is refused.
    std::optional<uint64_t> read(uint64_t offset, unsigned size) noexcept override;
    bool write(uint64_t offset, unsigned size, uint64_t value) noexcept override;

    // The device's state, saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive);

    // Fires the alarm when it is due.
    void poll() noexcept;
    // Nanoseconds until the alarm is due (0 when it is overdue), UINT64_MAX when none is set.
    uint64_t ns_to_alarm() noexcept;

  private:
    uint64_t now() noexcept { return wall_clock_ns_() + offset_; }
    void set_time(bool high, uint32_t half) noexcept;
    void update_irq() noexcept;

    std::function<uint64_t()> wall_clock_ns_;
    IrqLine irq_;
    uint64_t offset_ = 0;  // What the guest added to the wall clock by setting the time.
    uint64_t alarm_ = 0;
    uint64_t armed_at_ = 0;      // alarm_ as it was when it was armed.
    uint32_t latched_high_ = 0;  // Upper half of the time that TIME_LOW read last.
    bool alarm_running_ = false;
    bool irq_enabled_ = false;
    bool irq_pending_ = false;
};

}  // namespace kiln
