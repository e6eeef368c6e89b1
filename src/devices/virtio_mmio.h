// virtio over MMIO, version 2 (virtio 1.2, section 4.2). A slot may be empty.
#pragma once

#include <deque>
#include <memory>

#include "devices/virtio_device.h"

namespace kiln {

class VirtioMmio final : public Device {
  public:
    // `device` is null for an empty slot, whose DeviceID is 0.
    VirtioMmio(std::unique_ptr<VirtioDevice> device, DmaMemory& memory, IrqLine irq);

    // Registers below 0x100 are 4 bytes wide, the configuration space behind them 1, 2 or 4.
    std::optional<uint64_t> read(uint64_t offset, unsigned size) noexcept override;
    bool write(uint64_t offset, unsigned size, uint64_t value) noexcept override;

    // The device's state, saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive);

    // Serves requests that a notification left over: one call handles a bounded number of bytes.
    void poll() noexcept;
    // Whether poll() has something to do.
    bool busy() const noexcept;

  private:
    struct Queue {
        explicit Queue(DmaMemory& memory) : ring(memory) {}
        Virtqueue ring;
        unsigned waiting = 0;  // Chains that were there at the last notification, not yet served.
    };

    uint32_t read_register(uint64_t offset) noexcept;
    void write_register(uint64_t offset, uint32_t value) noexcept;
    uint64_t read_config(uint64_t offset, unsigned size) const noexcept;
    uint64_t offered() const;
    bool running() const noexcept;
    Queue* selected() noexcept;

    void write_status(uint32_t value) noexcept;
    void write_driver_features(uint32_t value) noexcept;
    void write_queue_register(uint64_t offset, uint32_t value) noexcept;
    void set_queue_ready(Queue& queue, bool ready) noexcept;
    void notify(uint32_t index) noexcept;
    void serve(unsigned index) noexcept;
    bool serve_waiting(unsigned index) noexcept;
    void needs_reset() noexcept;
    void reset() noexcept;
    void raise(uint32_t reason) noexcept;
    void update_irq() noexcept { irq_.set(interrupt_status_ != 0); }

    std::unique_ptr<VirtioDevice> device_;
    IrqLine irq_;
    std::deque<Queue> queues_;
    uint64_t driver_features_ = 0;
    uint32_t device_features_sel_ = 0;
    uint32_t driver_features_sel_ = 0;
    uint32_t queue_sel_ = 0;
    uint32_t status_ = 0;
    uint32_t interrupt_status_ = 0;
};

}  // namespace kiln
