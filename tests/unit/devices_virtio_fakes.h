// The driver's side of a virtio-mmio device for unit tests, able to lie.
#pragma once

#include <array>
#include <gtest/gtest.h>
#include <vector>

#include "devices/virtio_mmio.h"
#include "unit/devices_fakes.h"

namespace kiln::test {

namespace mmio {
enum : uint64_t {
    kMagic = 0x00,
    kVersion = 0x04,
    kDeviceId = 0x08,
    kDeviceFeatures = 0x10,
    kDeviceFeaturesSel = 0x14,
    kDriverFeatures = 0x20,
    kDriverFeaturesSel = 0x24,
    kQueueSel = 0x30,
    kQueueNumMax = 0x34,
    kQueueNum = 0x38,
    kQueueReady = 0x44,
    kQueueNotify = 0x50,
    kInterruptStatus = 0x60,
    kInterruptAck = 0x64,
    kStatus = 0x70,
    kDesc = 0x80,
    kDriver = 0x90,
    kDevice = 0xa0,
};
}

enum : uint16_t { kNext = 1, kWrite = 2, kIndirect = 4 };

struct Buffer {
    uint64_t address;
    uint32_t length;
    uint16_t flags = 0;
};

// Drives queue 0. The rings lie at fixed places in RAM; data may use [kData, end).
class VirtioDriver {
  public:
    static constexpr uint64_t kDesc = FakeMemory::kBase;
    static constexpr uint64_t kAvail = FakeMemory::kBase + 0x2000;
    static constexpr uint64_t kUsed = FakeMemory::kBase + 0x3000;
    static constexpr uint64_t kData = FakeMemory::kBase + 0x4000;

    VirtioDriver(VirtioMmio& device, FakeMemory& memory) : device_(device), memory_(memory) {}

    void write(uint64_t offset, uint32_t value) { EXPECT_TRUE(device_.write(offset, 4, value)); }
    uint32_t read(uint64_t offset) {
        return static_cast<uint32_t>(device_.read(offset, 4).value());
    }
    void write64(uint64_t offset, uint64_t value) {
        write(offset, static_cast<uint32_t>(value));
        write(offset + 4, static_cast<uint32_t>(value >> 32));
    }
    uint64_t offered() {
        write(mmio::kDeviceFeaturesSel, 1);
        const uint64_t high = read(mmio::kDeviceFeatures);
        write(mmio::kDeviceFeaturesSel, 0);
        return high << 32 | read(mmio::kDeviceFeatures);
    }
    void accept(uint64_t features) {
        for (const unsigned half : {0u, 1u}) {
            write(mmio::kDriverFeaturesSel, half);
            write(mmio::kDriverFeatures, static_cast<uint32_t>(features >> 32 * half));
        }
    }
    // The initialization of virtio 1.2, section 3.1.1.
    void start(uint64_t features, uint32_t size = 8) {
        size_ = size;
        next_ = used_ = 0;
        free_ = 0;
        write(mmio::kStatus, 0);
        write(mmio::kStatus, 1);
        write(mmio::kStatus, 3);
        accept(features);
        write(mmio::kStatus, 11);
        ASSERT_EQ(read(mmio::kStatus), 11u);
        start_queue(size);
        write(mmio::kStatus, 15);
    }
    void start_queue(uint32_t size) {
        std::fill(memory_.ram.begin(), memory_.ram.begin() + 0x4000, std::byte{0});
        write(mmio::kQueueSel, 0);
        write(mmio::kQueueNum, size);
        write64(mmio::kDesc, kDesc);
        write64(mmio::kDriver, kAvail);
        write64(mmio::kDevice, kUsed);
        write(mmio::kQueueReady, 1);
    }
    void set_descriptor(unsigned index, const Buffer& buffer, uint16_t next = 0) {
        const uint64_t at = kDesc + 16 * index;
        memory_.put(at, buffer.address);
        memory_.put(at + 8, buffer.length);
        memory_.put(at + 12, buffer.flags);
        memory_.put(at + 14, next);
    }
    // Writes a chain into the table; returns its head.
    uint16_t add(const std::vector<Buffer>& chain) {
        const auto head = static_cast<uint16_t>(free_ % size_);
        for (size_t i = 0; i < chain.size(); ++i) {
            Buffer buffer = chain[i];
            const bool last = i + 1 == chain.size();
            if (!last) buffer.flags |= kNext;
            set_descriptor(free_ % size_, buffer, static_cast<uint16_t>((free_ + 1) % size_));
            ++free_;
        }
        return head;
    }
    void publish(uint16_t head) {
        memory_.put<uint16_t>(kAvail + 4 + next_ % size_ * 2, head);
        memory_.put<uint16_t>(kAvail + 2, ++next_);
    }
    void notify() { write(mmio::kQueueNotify, 0); }
    void submit(const std::vector<Buffer>& chain) {
        publish(add(chain));
        notify();
    }
    uint16_t used_index() { return memory_.get<uint16_t>(kUsed + 2); }
    // The next used element: id, length.
    std::pair<uint32_t, uint32_t> take_used() {
        EXPECT_NE(used_index(), used_);
        const uint64_t at = kUsed + 4 + used_++ % size_ * 8;
        return {memory_.get<uint32_t>(at), memory_.get<uint32_t>(at + 4)};
    }
    bool needs_reset() { return (read(mmio::kStatus) & 64) != 0; }

  private:
    VirtioMmio& device_;
    FakeMemory& memory_;
    uint32_t size_ = 8;
    uint16_t next_ = 0;
    uint16_t used_ = 0;
    unsigned free_ = 0;
};

}  // namespace kiln::test
