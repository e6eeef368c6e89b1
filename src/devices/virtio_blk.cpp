#include "devices/virtio_blk.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace kiln {

namespace {
// virtio 1.2, section 5.2.3
enum Feature : uint64_t {
    kSegMax = uint64_t{1} << 2,
    kReadOnly = uint64_t{1} << 5,
    kBlkSize = uint64_t{1} << 6,
    kFlush = uint64_t{1} << 9,
};
// Section 5.2.4, offsets of the configuration space.
enum Config : size_t { kCapacity = 0, kSegMaxValue = 12, kBlkSizeValue = 20 };
// Section 5.2.6
enum Type : uint32_t { kIn = 0, kOut = 1, kFlushRequest = 4, kGetId = 8 };

// A request's header and status take a descriptor each.
constexpr uint32_t kMaxSegments = DescriptorChain::kMaxLength - 2;
constexpr uint64_t kStatusSize = 1;

template <typename T>
void put(std::span<std::byte> config, size_t offset, T value) {
    std::memcpy(config.data() + offset, &value, sizeof value);
}
}  // namespace

VirtioBlk::VirtioBlk(std::unique_ptr<DiskImage> image, const std::string& serial)
    : image_(std::move(image)) {
    const auto bytes = std::as_bytes(std::span(serial)).first(std::min(kSerialSize, serial.size()));
    std::copy(bytes.begin(), bytes.end(), serial_.begin());
    put(config_, kCapacity, image_->sectors());
    put(config_, kSegMaxValue, kMaxSegments);
    put(config_, kBlkSizeValue, static_cast<uint32_t>(DiskImage::kSectorSize));
}

uint64_t VirtioBlk::features() const {
    return kSegMax | kBlkSize | kFlush | (image_->read_only() ? uint64_t{kReadOnly} : 0);
}

// The header is the first 16 readable bytes and the status the last writable one, however the
// driver cuts them into buffers (section 2.7.4.1).
bool VirtioBlk::serve(unsigned, DescriptorChain& chain, uint64_t negotiated) noexcept {
    Header header{};
    if (chain.writable() < kStatusSize ||
        !chain.read(std::as_writable_bytes(std::span(&header, 1))))
        return false;
    const Result result = perform(header, chain, negotiated);
    if (result == Result::kMalformed) return false;
    const auto status = static_cast<std::byte>(result);
    return chain.skip_writable(chain.writable() - kStatusSize) &&
           chain.write(std::span(&status, 1));
}

VirtioBlk::Result VirtioBlk::perform(const Header& header, DescriptorChain& chain,
                                     uint64_t negotiated) noexcept {
    switch (header.type) {
        case kIn:
            return read_sectors(header.sector, chain);
        case kOut:  // A driver that cannot flush expects writes to last (section 5.2.6.2).
            return write_sectors(header.sector, chain, (negotiated & kFlush) == 0);
        case kFlushRequest:
            return flush();
        case kGetId:
            return read_serial(chain);
        default:
            return Result::kUnsupported;
    }
}

bool VirtioBlk::in_range(uint64_t sector, uint64_t bytes) const noexcept {
    return bytes % DiskImage::kSectorSize == 0 && sector <= image_->sectors() &&
           bytes / DiskImage::kSectorSize <= image_->sectors() - sector;
}

VirtioBlk::Result VirtioBlk::read_sectors(uint64_t sector, DescriptorChain& chain) noexcept {
    uint64_t left = chain.writable() - kStatusSize;
    if (!in_range(sector, left)) return Result::kIoError;
    for (uint64_t offset = sector * DiskImage::kSectorSize; left != 0;) {
        const auto piece = std::span(bounce_).first(std::min<size_t>(left, kBounceSize));
        if (!image_->read(offset, piece)) return Result::kIoError;
        if (!chain.write(piece)) return Result::kMalformed;
        offset += piece.size();
        left -= piece.size();
    }
    return Result::kOk;
}

VirtioBlk::Result VirtioBlk::write_sectors(uint64_t sector, DescriptorChain& chain,
                                           bool write_through) noexcept {
    if (image_->read_only() || !in_range(sector, chain.readable())) return Result::kIoError;
    for (uint64_t offset = sector * DiskImage::kSectorSize; chain.readable() != 0;) {
        const auto piece =
            std::span(bounce_).first(std::min<size_t>(chain.readable(), kBounceSize));
        if (!chain.read(piece)) return Result::kMalformed;
        if (!image_->write(offset, piece)) return Result::kIoError;
        offset += piece.size();
    }
    return write_through ? flush() : Result::kOk;
}

VirtioBlk::Result VirtioBlk::read_serial(DescriptorChain& chain) noexcept {
    if (chain.writable() - kStatusSize < serial_.size()) return Result::kIoError;
    return chain.write(serial_) ? Result::kOk : Result::kMalformed;
}

VirtioBlk::Result VirtioBlk::flush() noexcept {
    return image_->flush() ? Result::kOk : Result::kIoError;
}

}  // namespace kiln
