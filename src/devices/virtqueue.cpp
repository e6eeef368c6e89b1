#include "devices/virtqueue.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>

namespace kiln {

// The structures below are read and written as the guest's memory holds them.
static_assert(std::endian::native == std::endian::little);

namespace {
// virtio 1.2, section 2.7.5
struct Descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};
static_assert(sizeof(Descriptor) == 16);
constexpr uint16_t kFlagNext = 1;
constexpr uint16_t kFlagWrite = 2;
constexpr uint16_t kFlagIndirect = 4;  // Not offered, so not allowed.

// virtio 1.2, sections 2.7.6 and 2.7.8: both rings start with flags and idx.
constexpr uint64_t kRingIndex = 2;
constexpr uint64_t kRingEntries = 4;
constexpr uint16_t kNoInterrupt = 1;
struct UsedElement {
    uint32_t id;
    uint32_t length;
};

// virtio 1.2, section 2.7.5.2: no chain is longer than 2^32 bytes.
constexpr uint64_t kMaxChainBytes = uint64_t{1} << 32;

template <typename T>
std::span<const std::byte> bytes_of(const T& value) {
    return std::as_bytes(std::span(&value, 1));
}
template <typename T>
std::span<std::byte> writable_bytes_of(T& value) {
    return std::as_writable_bytes(std::span(&value, 1));
}
}  // namespace

void DescriptorChain::clear(uint16_t head) noexcept {
    head_ = head;
    count_ = 0;
    total_ = written_ = 0;
    gap_ = false;
    in_ = out_ = {};
}

// False: the chain becomes too long, or a readable buffer follows a writable one (section 2.7.4.2).
bool DescriptorChain::append(const Buffer& buffer, bool writable) noexcept {
    const bool had_writable = out_.buffer != nullptr;
    if (count_ == kMaxLength || (had_writable && !writable)) return false;
    buffers_[count_] = buffer;
    Cursor& cursor = writable ? out_ : in_;
    if (cursor.buffer == nullptr) cursor.buffer = &buffers_[count_];
    cursor.left += buffer.length;
    total_ += buffer.length;
    ++count_;
    return total_ <= kMaxChainBytes;
}

// Calls visit(address, length) for each piece of the next `count` bytes, until one returns false.
template <typename Visit>
bool DescriptorChain::advance(Cursor& cursor, uint64_t count, Visit visit) noexcept {
    if (count > cursor.left) return false;
    while (count > 0) {
        const uint32_t here = cursor.buffer->length - cursor.offset;
        const auto piece = static_cast<uint32_t>(std::min<uint64_t>(here, count));
        if (piece > 0 && !visit(cursor.buffer->address + cursor.offset, piece)) return false;
        cursor.offset += piece;
        cursor.left -= piece;
        count -= piece;
        if (cursor.offset == cursor.buffer->length) {
            ++cursor.buffer;
            cursor.offset = 0;
        }
    }
    return true;
}

bool DescriptorChain::read(std::span<std::byte> bytes) noexcept {
    return advance(in_, bytes.size(), [&](uint64_t address, uint32_t length) {
        if (!memory_->dma_read(address, bytes.first(length))) return false;
        bytes = bytes.subspan(length);
        return true;
    });
}

bool DescriptorChain::write(std::span<const std::byte> bytes) noexcept {
    return advance(out_, bytes.size(), [&](uint64_t address, uint32_t length) {
        if (!memory_->dma_write(address, bytes.first(length))) return false;
        bytes = bytes.subspan(length);
        if (!gap_) written_ += length;
        return true;
    });
}

bool DescriptorChain::skip_writable(uint64_t count) noexcept {
    if (count > 0) gap_ = true;
    return advance(out_, count, [](uint64_t, uint32_t) { return true; });
}

void Virtqueue::set_layout(const Layout& layout) {
    if (!ready_) layout_ = layout;
}

bool Virtqueue::size_allowed() const {
    return std::has_single_bit(layout_.size) && layout_.size <= DescriptorChain::kMaxLength;
}

void Virtqueue::state(StateArchive& archive) {
    archive.values(layout_.size, layout_.descriptors, layout_.available, layout_.used, ready_,
                   next_available_, next_used_);
    archive.check(!ready_ || size_allowed(), "the size of a virtqueue");
}

bool Virtqueue::start() noexcept {
    if (!size_allowed()) return false;
    next_available_ = next_used_ = 0;
    ready_ = true;
    return true;
}

void Virtqueue::reset() noexcept {
    layout_ = {};
    stop();
}

bool Virtqueue::read_u16(uint64_t address, uint16_t& value) noexcept {
    return memory_->dma_read(address, writable_bytes_of(value));
}

std::optional<unsigned> Virtqueue::published() noexcept {
    uint16_t index = 0;
    if (!read_u16(layout_.available + kRingIndex, index)) return std::nullopt;
    const auto count = static_cast<uint16_t>(index - next_available_);
    if (count > layout_.size) return std::nullopt;
    return count;
}

DescriptorChain* Virtqueue::pop() noexcept {
    const uint64_t slot = next_available_ % layout_.size;
    uint16_t index = 0;
    if (!read_u16(layout_.available + kRingEntries + slot * sizeof index, index)) return nullptr;
    chain_.clear(index);
    // A chain without a loop visits each descriptor once at most.
    for (uint32_t visited = 0; visited < layout_.size; ++visited) {
        Descriptor descriptor{};
        if (index >= layout_.size ||
            !memory_->dma_read(layout_.descriptors + index * sizeof descriptor,
                               writable_bytes_of(descriptor)))
            return nullptr;
        if ((descriptor.flags & kFlagIndirect) != 0 ||
            !chain_.append({descriptor.address, descriptor.length},
                           (descriptor.flags & kFlagWrite) != 0))
            return nullptr;
        if ((descriptor.flags & kFlagNext) == 0) {
            ++next_available_;
            return &chain_;
        }
        index = descriptor.next;
    }
    return nullptr;
}

bool Virtqueue::push(const DescriptorChain& chain) noexcept {
    const UsedElement element{chain.head_, chain.written()};
    const uint64_t slot = next_used_ % layout_.size;
    if (!memory_->dma_write(layout_.used + kRingEntries + slot * sizeof element, bytes_of(element)))
        return false;
    ++next_used_;
    return memory_->dma_write(layout_.used + kRingIndex, bytes_of(next_used_));
}

std::optional<bool> Virtqueue::wants_interrupt() noexcept {
    uint16_t flags = 0;
    if (!read_u16(layout_.available, flags)) return std::nullopt;
    return (flags & kNoInterrupt) == 0;
}

}  // namespace kiln
