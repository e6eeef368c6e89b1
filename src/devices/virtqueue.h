// The device's side of a split virtqueue (virtio 1.2, section 2.7), without indirect descriptors
// and event index, which are not offered. Everything lies in guest RAM and is the guest's to
// falsify: it is read once through DmaMemory, checked, and then used.
#pragma once

#include <array>
#include <optional>

#include "devices/bus.h"
#include "support/state_archive.h"

namespace kiln {

// One request: a chain of buffers, first those that the device reads, then those that it writes.
// Both parts are streams that are consumed from their start.
class DescriptorChain {
  public:
    // Queues are not larger than this, and so are chains.
    static constexpr unsigned kMaxLength = 256;

    explicit DescriptorChain(DmaMemory& memory) : memory_(&memory) {}

    // Bytes left to read and to write.
    uint64_t readable() const { return in_.left; }
    uint64_t writable() const { return out_.left; }
    // Bytes of the whole chain as the guest made it.
    uint64_t total() const { return total_; }
    // Bytes written so far, without a gap, from the start of the writable part.
    uint32_t written() const { return static_cast<uint32_t>(written_); }

    // The next bytes of the readable part. False: fewer are left, or a buffer lies outside RAM.
    bool read(std::span<std::byte> bytes) noexcept;
    // Fills the next bytes of the writable part. False as for read().
    bool write(std::span<const std::byte> bytes) noexcept;
    // Leaves out `count` bytes of the writable part. False: fewer are left.
    bool skip_writable(uint64_t count) noexcept;

  private:
    friend class Virtqueue;
    struct Buffer {
        uint64_t address;
        uint32_t length;
    };
    // A position in a run of buffers.
    struct Cursor {
        const Buffer* buffer = nullptr;
        uint32_t offset = 0;
        uint64_t left = 0;
    };
    void clear(uint16_t head) noexcept;
    bool append(const Buffer& buffer, bool writable) noexcept;
    template <typename Visit>
    static bool advance(Cursor& cursor, uint64_t count, Visit visit) noexcept;

    DmaMemory* memory_;
    std::array<Buffer, kMaxLength> buffers_;
    unsigned count_ = 0;
    Cursor in_;
    Cursor out_;
    uint64_t total_ = 0;
    uint64_t written_ = 0;
    uint16_t head_ = 0;
    bool gap_ = false;
};

class Virtqueue {
  public:
    // What the driver sets before it makes the queue ready. Addresses are guest-physical.
    struct Layout {
        uint32_t size = DescriptorChain::kMaxLength;
        uint64_t descriptors = 0;
        uint64_t available = 0;
        uint64_t used = 0;
    };

    explicit Virtqueue(DmaMemory& memory) : memory_(&memory), chain_(memory) {}

    const Layout& layout() const { return layout_; }
    // Ignored while the queue is ready.
    void set_layout(const Layout& layout);
    bool ready() const { return ready_; }
    // Starts from an empty ring. False: the size is 0, no power of two, or above kMaxLength.
    bool start() noexcept;
    void stop() noexcept { ready_ = false; }
    void reset() noexcept;

    // The number of chains that the driver published and pop() did not take; nullopt: the index is
    // outside RAM or impossible.
    std::optional<unsigned> published() noexcept;
    // The next published chain, valid until the next call; nullptr: it is malformed. Only after
    // published() counted it.
    DescriptorChain* pop() noexcept;
    // Returns the chain to the driver. False: the used ring lies outside RAM.
    bool push(const DescriptorChain& chain) noexcept;
    // Whether the driver wants an interrupt for used buffers; nullopt: outside RAM.
    std::optional<bool> wants_interrupt() noexcept;

    // The queue's state, saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive);

  private:
    bool size_allowed() const;
    bool read_u16(uint64_t address, uint16_t& value) noexcept;

    DmaMemory* memory_;
    Layout layout_;
    bool ready_ = false;
    uint16_t next_available_ = 0;
    uint16_t next_used_ = 0;
    DescriptorChain chain_;
};

}  // namespace kiln
