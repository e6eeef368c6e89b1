// NS16550A UART with 16-byte FIFOs (National Semiconductor PC16550D data sheet). The transmitter
// is as fast as its backend; of the line's speed only the receiver's time-out is modelled.
#pragma once

#include <array>

#include "devices/bus.h"
#include "devices/char_backend.h"
#include "support/state_archive.h"

namespace kiln {

class Uart16550 final : public Device {
  public:
    // Frequency of the baud-rate generator's input, as the device tree states it.
    static constexpr uint32_t kInputHz = 3'686'400;

    Uart16550(CharBackend& backend, Clock& clock, IrqLine irq);

    // Eight registers, one byte apart, of any access width (one register is accessed); offsets of 8
    // and beyond are refused.
    std::optional<uint64_t> read(uint64_t offset, unsigned size) noexcept override;
    bool write(uint64_t offset, unsigned size, uint64_t value) noexcept override;

    // The device's state, saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive);

    // Moves pending output to the backend and as much input as there is room for into the FIFO,
    // and raises the receiver's time-out interrupt when it is due.
    void poll() noexcept;
    // When the receiver's time-out is due, in ticks of the clock; UINT64_MAX when it is not
    // running.
    uint64_t next_deadline() const noexcept { return timeout_at_; }

  private:
    static constexpr unsigned kFifoSize = 16;

    // A received character and the line-status bits that came with it.
    struct Received {
        uint8_t byte = 0;
        uint8_t errors = 0;
    };
    // A ring of at most kFifoSize entries.
    template <typename T>
    class Fifo {
      public:
        unsigned size() const { return count_; }
        bool empty() const { return count_ == 0; }
        void clear() { count_ = 0; }
        T& front() { return entries_[head_]; }
        T& operator[](unsigned i) { return entries_[(head_ + i) % kFifoSize]; }
        void push(T entry) { entries_[(head_ + count_++) % kFifoSize] = entry; }
        void pop() {
            head_ = (head_ + 1) % kFifoSize;
            --count_;
        }
        // `visit` saves or loads an entry.
        template <class Visit>
        void state(StateArchive& archive, Visit visit) {
            unsigned count = count_;
            archive.at_most(count, kFifoSize, "the length of a FIFO of the UART");
            if (archive.loading()) {
                head_ = 0;
                count_ = count;
            }
            for (unsigned i = 0; i < count; ++i) visit((*this)[i]);
        }

      private:
        std::array<T, kFifoSize> entries_{};
        unsigned head_ = 0;
        unsigned count_ = 0;
    };

    bool fifo_mode() const { return (fcr_ & 1) != 0; }
    bool loopback() const;
    bool divisor_access() const;
    unsigned capacity() const { return fifo_mode() ? kFifoSize : 1; }
    unsigned trigger_level() const;
    uint64_t timeout_ticks() const;
    uint8_t line_status() noexcept;
    uint8_t interrupt_id() noexcept;

    uint8_t read_received() noexcept;
    uint8_t read_interrupt_id() noexcept;
    uint8_t read_line_status() noexcept;
    uint8_t read_modem_status() noexcept;
    void write_transmit(uint8_t byte) noexcept;
    void write_interrupt_enable(uint8_t value) noexcept;
    void write_fifo_control(uint8_t value) noexcept;
    void write_modem_control(uint8_t value) noexcept;

    void receive(Received character) noexcept;
    void pull_input() noexcept;
    void drain_transmitter() noexcept;
    void restart_timeout() noexcept;
    void update_modem_inputs() noexcept;
    void update_irq() noexcept;

    CharBackend* backend_;
    Clock* clock_;
    IrqLine irq_;
    Fifo<Received> rx_;
    Fifo<std::byte> tx_;
    uint64_t timeout_at_ = UINT64_MAX;
    uint16_t divisor_ = 0;
    uint8_t ier_ = 0;
    uint8_t fcr_ = 0;
    uint8_t lcr_ = 0;
    uint8_t mcr_ = 0;
    uint8_t msr_ = 0;
    uint8_t scratch_ = 0;
    bool overrun_ = false;
    bool timed_out_ = false;
    bool thre_pending_ = false;
};

}  // namespace kiln
