#include "devices/uart16550.h"

#include "devices/bits.h"

namespace kiln {

namespace {
enum Register : uint64_t {
    kData = 0,  // RBR, THR; DLL with DLAB
    kIer = 1,   // DLM with DLAB
    kIirFcr = 2,
    kLcr = 3,
    kMcr = 4,
    kLsr = 5,
    kMsr = 6,
    kScratch = 7,
    kRegisters = 8,
};

enum Ier : uint8_t {
    kIerReceived = 1,
    kIerTransmit = 2,
    kIerLineStatus = 4,
    kIerModem = 8,
    kIerMask = 15,
};

// Interrupt identification, highest priority first (data sheet, table "Interrupt Control").
enum Iir : uint8_t {
    kIirLineStatus = 0x06,
    kIirReceived = 0x04,
    kIirTimeout = 0x0c,
    kIirTransmit = 0x02,
    kIirModem = 0x00,
    kIirNone = 0x01,
    kIirFifos = 0xc0,
};

enum Fcr : uint8_t { kFcrEnable = 1, kFcrClearReceiver = 2, kFcrClearTransmitter = 4 };
constexpr std::array<uint8_t, 4> kTriggerLevels = {1, 4, 8, 14};

enum Lcr : uint8_t { kLcrTwoStops = 0x04, kLcrParity = 0x08, kLcrDlab = 0x80 };

enum Mcr : uint8_t {
    kMcrDtr = 0x01,
    kMcrRts = 0x02,
    kMcrOut1 = 0x04,
    kMcrOut2 = 0x08,
    kMcrLoop = 0x10,
    kMcrMask = 0x1f,
};

enum Lsr : uint8_t {
    kLsrDataReady = 0x01,
    kLsrOverrun = 0x02,
    kLsrBreak = 0x10,
    kLsrThrEmpty = 0x20,
    kLsrIdle = 0x40,
    kLsrFifoError = 0x80,
    kLsrErrors = 0x1e,
};

enum Msr : uint8_t {
    kMsrRingEnded = 0x04,
    kMsrDeltas = 0x0f,
    kMsrCts = 0x10,
    kMsrDsr = 0x20,
    kMsrRing = 0x40,
    kMsrDcd = 0x80,
    kMsrInputs = 0xf0,
};

// In loopback mode the modem outputs drive the modem inputs.
struct LoopWire {
    uint8_t output;
    uint8_t input;
};
constexpr std::array<LoopWire, 4> kLoopWires = {
    LoopWire{kMcrRts, kMsrCts}, {kMcrDtr, kMsrDsr}, {kMcrOut1, kMsrRing}, {kMcrOut2, kMsrDcd}};
constexpr uint8_t kConnected = kMsrCts | kMsrDsr | kMsrDcd;
}  // namespace

Uart16550::Uart16550(CharBackend& backend, Clock& clock, IrqLine irq)
    : backend_(&backend), clock_(&clock), irq_(irq), msr_(kConnected) {}

std::optional<uint64_t> Uart16550::read(uint64_t offset, unsigned) noexcept {
    switch (offset) {
        case kData:
            return divisor_access() ? static_cast<uint8_t>(divisor_) : read_received();
        case kIer:
            return divisor_access() ? divisor_ >> 8 : ier_;
        case kIirFcr:
            return read_interrupt_id();
        case kLcr:
            return lcr_;
        case kMcr:
            return mcr_;
        case kLsr:
            return read_line_status();
        case kMsr:
            return read_modem_status();
        case kScratch:
            return scratch_;
        default:
            return std::nullopt;
    }
}

bool Uart16550::write(uint64_t offset, unsigned, uint64_t value) noexcept {
    if (offset >= kRegisters) return false;
    const auto byte = static_cast<uint8_t>(value);
    switch (offset) {
        case kData:
            if (divisor_access())
                divisor_ = static_cast<uint16_t>((divisor_ & 0xff00) | byte);
            else
                write_transmit(byte);
            break;
        case kIer:
            if (divisor_access())
                divisor_ = static_cast<uint16_t>((divisor_ & 0x00ff) | byte << 8);
            else
                write_interrupt_enable(byte);
            break;
        case kIirFcr:
            write_fifo_control(byte);
            break;
        case kLcr:
            lcr_ = byte;
            break;
        case kMcr:
            write_modem_control(byte);
            break;
        case kScratch:
            scratch_ = byte;
            break;
        default:  // LSR and MSR are read-only.
            break;
    }
    update_irq();
    return true;
}

void Uart16550::state(StateArchive& archive) {
    rx_.state(archive,
              [&](Received& character) { archive.values(character.byte, character.errors); });
    tx_.state(archive, [&](std::byte& byte) { archive.value(byte); });
    archive.values(timeout_at_, divisor_, ier_, fcr_, lcr_, mcr_, msr_, scratch_, overrun_,
                   timed_out_, thre_pending_);
    archive.check(rx_.size() <= capacity() && tx_.size() <= capacity(),
                  "the length of a FIFO of the UART");
}

void Uart16550::poll() noexcept {
    backend_->poll();
    drain_transmitter();
    if (!loopback()) pull_input();
    if (clock_->now() >= timeout_at_) {
        timed_out_ = true;
        timeout_at_ = UINT64_MAX;
    }
    update_irq();
}

bool Uart16550::loopback() const { return (mcr_ & kMcrLoop) != 0; }
bool Uart16550::divisor_access() const { return (lcr_ & kLcrDlab) != 0; }
unsigned Uart16550::trigger_level() const { return fifo_mode() ? kTriggerLevels[fcr_ >> 6] : 1; }

// Four character times (data sheet, "FIFO Interrupt Mode Operation"): start, data, parity and stop
// bits, each 16 x divisor periods of the input clock.
uint64_t Uart16550::timeout_ticks() const {
    const unsigned data_bits = 5 + (lcr_ & 3);
    const unsigned bits =
        1 + data_bits + ((lcr_ & kLcrParity) != 0) + ((lcr_ & kLcrTwoStops) != 0 ? 2 : 1);
    const uint64_t divisor = divisor_ == 0 ? 1 : divisor_;
    return 4 * bits * 16 * divisor * kTimebaseHz / kInputHz + 1;
}

uint8_t Uart16550::line_status() noexcept {
    unsigned status = overrun_ ? kLsrOverrun : 0;
    if (!rx_.empty()) status |= kLsrDataReady | rx_.front().errors;
    if (tx_.empty()) status |= kLsrThrEmpty | kLsrIdle;
    for (unsigned i = 0; fifo_mode() && i < rx_.size(); ++i)
        if (rx_[i].errors != 0) status |= kLsrFifoError;
    return static_cast<uint8_t>(status);
}

uint8_t Uart16550::interrupt_id() noexcept {
    if ((ier_ & kIerLineStatus) != 0 && (line_status() & kLsrErrors) != 0) return kIirLineStatus;
    if ((ier_ & kIerReceived) != 0) {
        if (rx_.size() >= trigger_level()) return kIirReceived;
        if (timed_out_) return kIirTimeout;
    }
    if ((ier_ & kIerTransmit) != 0 && thre_pending_) return kIirTransmit;
    if ((ier_ & kIerModem) != 0 && (msr_ & kMsrDeltas) != 0) return kIirModem;
    return kIirNone;
}

uint8_t Uart16550::read_received() noexcept {
    if (rx_.empty()) return 0;
    const uint8_t byte = rx_.front().byte;
    rx_.pop();
    timed_out_ = false;
    restart_timeout();
    update_irq();
    return byte;
}

uint8_t Uart16550::read_interrupt_id() noexcept {
    const uint8_t id = interrupt_id();
    if (id == kIirTransmit) thre_pending_ = false;
    update_irq();
    return fifo_mode() ? id | kIirFifos : id;
}

uint8_t Uart16550::read_line_status() noexcept {
    const uint8_t status = line_status();
    overrun_ = false;
    if (!rx_.empty()) rx_.front().errors = 0;
    update_irq();
    return status;
}

uint8_t Uart16550::read_modem_status() noexcept {
    const uint8_t status = msr_;
    msr_ &= kMsrInputs;
    update_irq();
    return status;
}

void Uart16550::write_transmit(uint8_t byte) noexcept {
    thre_pending_ = false;
    if (loopback()) {
        receive({byte, 0});
        thre_pending_ = true;
        return;
    }
    if (tx_.size() >= capacity()) return;  // As on the chip, what does not fit is lost.
    tx_.push(std::byte{byte});
    drain_transmitter();
}

// Enabling the transmitter's interrupt while the transmitter is empty raises it at once, even if it
// was cleared before: drivers start to send that way, and Linux tests for it.
void Uart16550::write_interrupt_enable(uint8_t value) noexcept {
    const uint8_t enabled = value & ~ier_ & kIerMask;
    ier_ = value & kIerMask;
    if ((enabled & kIerTransmit) != 0 && tx_.empty()) thre_pending_ = true;
}

void Uart16550::write_fifo_control(uint8_t value) noexcept {
    const bool changed = ((value ^ fcr_) & kFcrEnable) != 0;
    if (changed || (value & kFcrClearReceiver) != 0) {
        rx_.clear();
        timed_out_ = false;
    }
    if ((changed || (value & kFcrClearTransmitter) != 0) && !tx_.empty()) {
        tx_.clear();
        thre_pending_ = true;
    }
    // The other bits are only programmed while bit 0 is one.
    fcr_ = (value & kFcrEnable) != 0 ? value & 0xc1 : 0;
    restart_timeout();
}

void Uart16550::write_modem_control(uint8_t value) noexcept {
    mcr_ = value & kMcrMask;
    update_modem_inputs();
}

void Uart16550::update_modem_inputs() noexcept {
    unsigned inputs = loopback() ? 0 : kConnected;
    for (const LoopWire& wire : kLoopWires)
        if (loopback() && (mcr_ & wire.output) != 0) inputs |= wire.input;
    unsigned deltas = (inputs ^ msr_) >> 4 & kMsrDeltas;
    if ((inputs & kMsrRing) != 0) deltas &= ~unsigned{kMsrRingEnded};  // Only the trailing edge.
    msr_ = static_cast<uint8_t>(inputs | (msr_ & kMsrDeltas) | deltas);
}

void Uart16550::receive(Received character) noexcept {
    if (rx_.size() < capacity()) {
        rx_.push(character);
        restart_timeout();
        return;
    }
    overrun_ = true;
    if (!fifo_mode()) rx_.front() = character;  // Without FIFOs the new character replaces the old.
}

void Uart16550::pull_input() noexcept {
    if (rx_.size() < capacity() && backend_->take_break()) receive({0, kLsrBreak});
    std::array<std::byte, kFifoSize> bytes;
    const size_t count = backend_->read(std::span(bytes).first(capacity() - rx_.size()));
    for (size_t i = 0; i < count; ++i) receive({std::to_integer<uint8_t>(bytes[i]), 0});
}

void Uart16550::drain_transmitter() noexcept {
    while (!tx_.empty()) {
        if (backend_->write(std::span(&tx_.front(), 1)) == 0) return;
        tx_.pop();
        thre_pending_ = tx_.empty();
    }
}

// The time-out runs while characters wait below the trigger level and none comes or goes.
void Uart16550::restart_timeout() noexcept {
    const bool waiting = fifo_mode() && !rx_.empty() && rx_.size() < trigger_level();
    if (timed_out_) return;
    timeout_at_ = waiting ? saturating_add(clock_->now(), timeout_ticks()) : UINT64_MAX;
}

void Uart16550::update_irq() noexcept { irq_.set(interrupt_id() != kIirNone); }

}  // namespace kiln
