// virtio entropy device (virtio 1.2, section 5.4).
#pragma once

#include <functional>
#include <span>

#include "devices/virtio_device.h"

namespace kiln {

// Fills the bytes with entropy; false when there is none.
using EntropySource = std::function<bool(std::span<std::byte>)>;

// The host's random number generator, getrandom(2).
bool host_entropy(std::span<std::byte> bytes) noexcept;

class VirtioRng final : public VirtioDevice {
  public:
    explicit VirtioRng(EntropySource source);

    uint32_t id() const override { return 4; }
    uint64_t features() const override { return 0; }
    // Fills the first 4 KiB of the chain at most.
    bool serve(unsigned queue, DescriptorChain& chain, uint64_t negotiated) noexcept override;

  private:
    EntropySource source_;
};

}  // namespace kiln
