#include "devices/virtio_mmio.h"

#include <algorithm>
#include <utility>

#include "devices/bits.h"

namespace kiln {

namespace {
// virtio 1.2, section 4.2.2
enum Register : uint64_t {
    kMagicValue = 0x000,
    kVersion = 0x004,
    kDeviceId = 0x008,
    kVendorId = 0x00c,
    kDeviceFeatures = 0x010,
    kDeviceFeaturesSel = 0x014,
    kDriverFeatures = 0x020,
    kDriverFeaturesSel = 0x024,
    kQueueSel = 0x030,
    kQueueNumMax = 0x034,
    kQueueNum = 0x038,
    kQueueReady = 0x044,
    kQueueNotify = 0x050,
    kInterruptStatus = 0x060,
    kInterruptAck = 0x064,
    kStatus = 0x070,
    kQueueDescLow = 0x080,
    kQueueDescHigh = 0x084,
    kQueueDriverLow = 0x090,
    kQueueDriverHigh = 0x094,
    kQueueDeviceLow = 0x0a0,
    kQueueDeviceHigh = 0x0a4,
    kShmLenLow = 0x0b0,
    kShmLenHigh = 0x0b4,
    kShmBaseLow = 0x0b8,
    kShmBaseHigh = 0x0bc,
    kConfig = 0x100,
};
constexpr uint32_t kMagic = 0x7472'6976;   // "virt"
constexpr uint32_t kVendor = 0x4e4c'494b;  // "KILN"

// virtio 1.2, section 2.1
enum Status : uint32_t {
    kDriverOk = 4,
    kFeaturesOk = 8,
    kNeedsReset = 64,
    kDriverBits = 1 | 2 | kDriverOk | kFeaturesOk | 128,
};

enum Interrupt : uint32_t { kUsedBuffer = 1, kConfigChange = 2 };

// Bytes of requests that one access or poll serves: some milliseconds of copying.
constexpr uint64_t kServeBytes = 16 << 20;
}  // namespace

VirtioMmio::VirtioMmio(std::unique_ptr<VirtioDevice> device, DmaMemory& memory, IrqLine irq)
    : device_(std::move(device)), irq_(irq) {
    for (unsigned i = 0; device_ && i < device_->queues(); ++i) queues_.emplace_back(memory);
}

std::optional<uint64_t> VirtioMmio::read(uint64_t offset, unsigned size) noexcept {
    if (offset >= kConfig && size <= 4) return read_config(offset - kConfig, size);
    if (size != 4) return std::nullopt;
    return read_register(offset);
}

bool VirtioMmio::write(uint64_t offset, unsigned size, uint64_t value) noexcept {
    if (offset >= kConfig) return size <= 4;
    if (size != 4) return false;
    if (device_) write_register(offset, static_cast<uint32_t>(value));
    return true;
}

void VirtioMmio::poll() noexcept {
    for (unsigned i = 0; i < queues_.size(); ++i)
        if (queues_[i].waiting != 0) serve(i);
}

void VirtioMmio::state(StateArchive& archive) {
    for (Queue& queue : queues_) {
        queue.ring.state(archive);
        archive.at_most(queue.waiting, queue.ring.ready() ? queue.ring.layout().size : 0,
                        "the number of requests in a virtqueue");
    }
    archive.values(driver_features_, device_features_sel_, driver_features_sel_, queue_sel_,
                   status_, interrupt_status_);
    if (device_) device_->state(archive);
}

bool VirtioMmio::busy() const noexcept {
    return std::any_of(queues_.begin(), queues_.end(),
                       [](const Queue& queue) { return queue.waiting != 0; });
}

uint32_t VirtioMmio::read_register(uint64_t offset) noexcept {
    if (offset == kMagicValue) return kMagic;
    if (offset == kVersion) return 2;
    if (!device_) return 0;
    switch (offset) {
        case kDeviceId:
            return device_->id();
        case kVendorId:
            return kVendor;
        case kDeviceFeatures:
            return device_features_sel_ < 2 ? half_of(offered(), device_features_sel_ == 1) : 0;
        case kQueueNumMax:
            return selected() != nullptr ? DescriptorChain::kMaxLength : 0;
        case kQueueReady:
            return selected() != nullptr && selected()->ring.ready();
        case kInterruptStatus:
            return interrupt_status_;
        case kStatus:
            return status_;
        case kShmLenLow:
        case kShmLenHigh:
        case kShmBaseLow:
        case kShmBaseHigh:
            return UINT32_MAX;  // No shared memory region exists.
        default:
            return 0;
    }
}

void VirtioMmio::write_register(uint64_t offset, uint32_t value) noexcept {
    switch (offset) {
        case kDeviceFeaturesSel:
            device_features_sel_ = value;
            break;
        case kDriverFeatures:
            write_driver_features(value);
            break;
        case kDriverFeaturesSel:
            driver_features_sel_ = value;
            break;
        case kQueueSel:
            queue_sel_ = value;
            break;
        case kQueueNotify:
            notify(value);
            break;
        case kInterruptAck:
            interrupt_status_ &= ~value;
            update_irq();
            break;
        case kStatus:
            write_status(value);
            break;
        default:
            write_queue_register(offset, value);
            break;
    }
}

uint64_t VirtioMmio::read_config(uint64_t offset, unsigned size) const noexcept {
    if (!device_) return 0;
    const std::span<const std::byte> config = device_->config();
    uint64_t value = 0;
    for (unsigned i = 0; i < size && offset + i < config.size(); ++i)
        value |= std::to_integer<uint64_t>(config[offset + i]) << 8 * i;
    return value;
}

uint64_t VirtioMmio::offered() const { return device_->features() | kVirtioVersion1; }

bool VirtioMmio::running() const noexcept {
    return (status_ & kDriverOk) != 0 && (status_ & kFeaturesOk) != 0 &&
           (status_ & kNeedsReset) == 0;
}

VirtioMmio::Queue* VirtioMmio::selected() noexcept {
    return queue_sel_ < queues_.size() ? &queues_[queue_sel_] : nullptr;
}

// Bits are only ever added; 0 resets. FEATURES_OK stays clear when the driver took what was not
// offered, or is a legacy driver (sections 2.1 and 3.1.1).
void VirtioMmio::write_status(uint32_t value) noexcept {
    if (value == 0) {
        reset();
        return;
    }
    value &= kDriverBits;
    const bool acceptable =
        (driver_features_ & ~offered()) == 0 && (driver_features_ & kVirtioVersion1) != 0;
    if (!acceptable) value &= ~uint32_t{kFeaturesOk};
    status_ |= value;
}

void VirtioMmio::write_driver_features(uint32_t value) noexcept {
    if (driver_features_sel_ >= 2 || (status_ & kFeaturesOk) != 0) return;
    driver_features_ = with_half(driver_features_, driver_features_sel_ == 1, value);
}

void VirtioMmio::write_queue_register(uint64_t offset, uint32_t value) noexcept {
    Queue* queue = selected();
    if (queue == nullptr) return;
    Virtqueue::Layout layout = queue->ring.layout();
    switch (offset) {
        case kQueueReady:
            set_queue_ready(*queue, (value & 1) != 0);
            return;
        case kQueueNum:
            layout.size = value;
            break;
        case kQueueDescLow:
        case kQueueDescHigh:
            layout.descriptors = with_half(layout.descriptors, offset == kQueueDescHigh, value);
            break;
        case kQueueDriverLow:
        case kQueueDriverHigh:
            layout.available = with_half(layout.available, offset == kQueueDriverHigh, value);
            break;
        case kQueueDeviceLow:
        case kQueueDeviceHigh:
            layout.used = with_half(layout.used, offset == kQueueDeviceHigh, value);
            break;
        default:
            return;
    }
    queue->ring.set_layout(layout);
}

void VirtioMmio::set_queue_ready(Queue& queue, bool ready) noexcept {
    if (!ready) {
        queue.ring.stop();
        queue.waiting = 0;
    } else if (!queue.ring.ready() && !queue.ring.start()) {
        needs_reset();
    }
}

// Only chains that are there now are served for this notification: device writes that reach the
// available ring cannot keep the device going forever.
void VirtioMmio::notify(uint32_t index) noexcept {
    if (!running() || index >= queues_.size() || !queues_[index].ring.ready()) return;
    const std::optional<unsigned> published = queues_[index].ring.published();
    if (!published) {
        needs_reset();
        return;
    }
    queues_[index].waiting = *published;
    serve(index);
}

void VirtioMmio::serve(unsigned index) noexcept {
    const unsigned before = queues_[index].waiting;
    const bool sound = serve_waiting(index);
    if (queues_[index].waiting != before) {
        const std::optional<bool> wanted = queues_[index].ring.wants_interrupt();
        if (wanted.value_or(false)) raise(kUsedBuffer);
        if (wanted && sound) return;
    } else if (sound) {
        return;
    }
    needs_reset();
}

bool VirtioMmio::serve_waiting(unsigned index) noexcept {
    Queue& queue = queues_[index];
    for (uint64_t bytes = 0; queue.waiting != 0 && bytes < kServeBytes; --queue.waiting) {
        DescriptorChain* chain = queue.ring.pop();
        if (chain == nullptr || !device_->serve(index, *chain, driver_features_) ||
            !queue.ring.push(*chain))
            return false;
        bytes += chain->total();
    }
    return true;
}

// virtio 1.2, section 2.1.2: after DRIVER_OK the driver is told by a configuration change.
void VirtioMmio::needs_reset() noexcept {
    for (Queue& queue : queues_) queue.waiting = 0;
    if ((status_ & kNeedsReset) != 0) return;
    status_ |= kNeedsReset;
    if ((status_ & kDriverOk) != 0) raise(kConfigChange);
}

void VirtioMmio::reset() noexcept {
    for (Queue& queue : queues_) {
        queue.ring.reset();
        queue.waiting = 0;
    }
    driver_features_ = 0;
    device_features_sel_ = driver_features_sel_ = queue_sel_ = 0;
    status_ = interrupt_status_ = 0;
    update_irq();
}

void VirtioMmio::raise(uint32_t reason) noexcept {
    interrupt_status_ |= reason;
    update_irq();
}

}  // namespace kiln
