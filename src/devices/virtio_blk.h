// virtio block device (virtio 1.2, section 5.2) on a raw image.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "devices/disk_image.h"
#include "devices/virtio_device.h"

namespace kiln {

class VirtioBlk final : public VirtioDevice {
  public:
    // `serial` is what the driver's "get ID" request reads, at most 20 bytes.
    VirtioBlk(std::unique_ptr<DiskImage> image, const std::string& serial);

    uint32_t id() const override { return 2; }
    uint64_t features() const override;
    std::span<const std::byte> config() const override { return config_; }
    bool serve(unsigned queue, DescriptorChain& chain, uint64_t negotiated) noexcept override;

  private:
    // Outcome of a request, as the driver sees it; kMalformed has none to tell it to.
    enum class Result : uint8_t { kOk = 0, kIoError = 1, kUnsupported = 2, kMalformed = 0xff };
    struct Header {
        uint32_t type;
        uint32_t reserved;
        uint64_t sector;
    };

    Result perform(const Header& header, DescriptorChain& chain, uint64_t negotiated) noexcept;
    bool in_range(uint64_t sector, uint64_t bytes) const noexcept;
    Result read_sectors(uint64_t sector, DescriptorChain& chain) noexcept;
    Result write_sectors(uint64_t sector, DescriptorChain& chain, bool write_through) noexcept;
    Result read_serial(DescriptorChain& chain) noexcept;
    Result flush() noexcept;

    static constexpr size_t kSerialSize = 20;
    static constexpr size_t kConfigSize = 24;
    static constexpr size_t kBounceSize = 64 * 1024;

    std::unique_ptr<DiskImage> image_;
    std::array<std::byte, kSerialSize> serial_{};
    std::array<std::byte, kConfigSize> config_{};
    std::array<std::byte, kBounceSize> bounce_;
};

}  // namespace kiln
