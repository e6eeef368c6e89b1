// The door between the processor and the devices, and the lowest header of the tree: it includes
// nothing of Kiln's own.
//
// Assumptions: one thread runs the harts and every device (a device that has a thread of its own
// hands its results over at a poll); a device sees offsets, never absolute addresses; ranges are
// checked once, when they are mapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kiln {

// A device behind memory-mapped registers.
class Device {
  public:
    Device() = default;
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;
    virtual ~Device() = default;

    // Reads `size` bytes (1, 2, 4 or 8; `offset` is a multiple of `size` and the access lies inside
    // the mapped range). The value is zero-extended. nullopt refuses the access: the guest gets an
    // access fault.
    virtual std::optional<uint64_t> read(uint64_t offset, unsigned size) noexcept = 0;

    // Writes the low `size` bytes of `value`; false refuses the access.
    virtual bool write(uint64_t offset, unsigned size, uint64_t value) noexcept = 0;
};

// Receives level changes of numbered interrupt inputs (an interrupt controller, or a hart whose
// inputs are numbered like the bits of `mip`).
class IrqSink {
  public:
    virtual void set_irq(unsigned input, bool level) noexcept = 0;

  protected:
    ~IrqSink() = default;
};

// One wire from a device to an input of a sink. A default-made line leads nowhere.
class IrqLine {
  public:
    IrqLine() = default;
    IrqLine(IrqSink& sink, unsigned input) : sink_(&sink), input_(input) {}
    void set(bool level) const noexcept {
        if (sink_ != nullptr) sink_->set_irq(input_, level);
    }

  private:
    IrqSink* sink_ = nullptr;
    unsigned input_ = 0;
};

// Guest-physical RAM as devices see it. Every byte written goes through the same door as a hart's
// store, so that translated code is invalidated.
class DmaMemory {
  public:
    // Copies from guest-physical `address`; false, with nothing copied, when any byte lies outside
    // RAM.
    virtual bool dma_read(uint64_t address, std::span<std::byte> out) noexcept = 0;
    // Copies to guest-physical `address`; false, with nothing written, when any byte lies outside.
    virtual bool dma_write(uint64_t address, std::span<const std::byte> in) noexcept = 0;

  protected:
    ~DmaMemory() = default;
};

// Guest time in ticks of the timebase (kTimebaseHz).
inline constexpr uint64_t kTimebaseHz = 10'000'000;
class Clock {
  public:
    virtual uint64_t now() noexcept = 0;

  protected:
    ~Clock() = default;
};

// Address map of the devices.
class Bus {
  public:
    // A device and its range, [base, base + size).
    struct Range {
        uint64_t base;
        uint64_t size;
        Device* device;
        std::string name;
    };

    // Maps `device`, which the caller keeps alive. Throws std::logic_error when the range is empty,
    // wraps, or overlaps one that is already mapped.
    void map(std::string name, uint64_t base, uint64_t size, Device& device);

    // Reads or writes a naturally aligned 1, 2, 4 or 8 bytes. nullopt / false: nothing is mapped
    // there, the access leaves its range, or the device refuses it.
    std::optional<uint64_t> read(uint64_t address, unsigned size) noexcept;
    bool write(uint64_t address, unsigned size, uint64_t value) noexcept;

    // Whether a device is mapped at all of [address, address + size).
    bool mapped(uint64_t address, uint64_t size) const noexcept {
        return find(address, size) != nullptr;
    }

    // The ranges, ordered by base.
    const std::vector<Range>& ranges() const { return ranges_; }

  private:
    const Range* find(uint64_t address, uint64_t size) const noexcept;

    std::vector<Range> ranges_;
};

}  // namespace kiln
