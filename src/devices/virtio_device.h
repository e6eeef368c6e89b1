// What a virtio device is apart from its transport (virtio 1.2, chapters 2 and 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "devices/virtqueue.h"
#include "support/state_archive.h"

namespace kiln {

// virtio 1.2, section 6: a device of the modern kind. The transport offers it for every device.
inline constexpr uint64_t kVirtioVersion1 = uint64_t{1} << 32;

class VirtioDevice {
  public:
    VirtioDevice() = default;
    VirtioDevice(const VirtioDevice&) = delete;
    VirtioDevice& operator=(const VirtioDevice&) = delete;
    virtual ~VirtioDevice() = default;

    // Device number of chapter 5; not 0.
    virtual uint32_t id() const = 0;
    // Feature bits of the device's own, without those of the transport.
    virtual uint64_t features() const = 0;
    // Number of queues, constant.
    virtual unsigned queues() const { return 1; }
    // The configuration space, little-endian. Reads beyond it give zero; there is nothing to write.
    virtual std::span<const std::byte> config() const { return {}; }
    // State beyond that of the transport, saved or loaded.
    virtual void state(StateArchive&) {}
    // Serves one request of `queue`, under the features that were negotiated. False: it is
    // malformed, and the device needs a reset. Work is bounded by the chain's length.
    virtual bool serve(unsigned queue, DescriptorChain& chain, uint64_t negotiated) noexcept = 0;
};

}  // namespace kiln
