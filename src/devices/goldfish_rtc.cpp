#include "devices/goldfish_rtc.h"

#include <chrono>
#include <utility>

#include "devices/bits.h"

namespace kiln {

namespace {
enum Register : uint64_t {
    kTimeLow = 0x00,
    kTimeHigh = 0x04,
    kAlarmLow = 0x08,
    kAlarmHigh = 0x0c,
    kIrqEnabled = 0x10,
    kClearAlarm = 0x14,
    kAlarmStatus = 0x18,
    kClearInterrupt = 0x1c,
};
}  // namespace

uint64_t host_wall_clock_ns() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count());
}

GoldfishRtc::GoldfishRtc(std::function<uint64_t()> wall_clock_ns, IrqLine irq)
    : wall_clock_ns_(std::move(wall_clock_ns)), irq_(irq) {}

std::optional<uint64_t> GoldfishRtc::read(uint64_t offset, unsigned size) noexcept {
    if (size != 4) return std::nullopt;
    poll();
    switch (offset) {
        case kTimeLow: {
            const uint64_t time = now();
            latched_high_ = half_of(time, true);
            return half_of(time, false);
        }
        case kTimeHigh:
            return latched_high_;
        case kAlarmLow:
        case kAlarmHigh:
            return half_of(alarm_, offset == kAlarmHigh);
        case kIrqEnabled:
            return irq_enabled_;
        case kAlarmStatus:
            return alarm_running_;
        default:
            return 0;
    }
}

void GoldfishRtc::state(StateArchive& archive) {
    archive.values(offset_, alarm_, armed_at_, latched_high_, alarm_running_, irq_enabled_,
                   irq_pending_);
}

bool GoldfishRtc::write(uint64_t offset, unsigned size, uint64_t value) noexcept {
    if (size != 4) return false;
    const auto half = static_cast<uint32_t>(value);
    switch (offset) {
        case kTimeLow:
        case kTimeHigh:
            set_time(offset == kTimeHigh, half);
            break;
        case kAlarmLow:  // The lower half arms the alarm, so drivers write it last.
            alarm_ = with_half(alarm_, false, half);
            armed_at_ = alarm_;
            alarm_running_ = true;
            break;
        case kAlarmHigh:
            alarm_ = with_half(alarm_, true, half);
            break;
        case kIrqEnabled:
            irq_enabled_ = (half & 1) != 0;
            break;
        case kClearAlarm:
            alarm_running_ = false;
            break;
        case kClearInterrupt:
            irq_pending_ = false;
            break;
        default:
            break;
    }
    poll();
    return true;
}

void GoldfishRtc::poll() noexcept {
    if (ns_to_alarm() == 0) {
        alarm_running_ = false;
        irq_pending_ = true;
    }
    update_irq();
}

uint64_t GoldfishRtc::ns_to_alarm() noexcept {
    if (!alarm_running_) return UINT64_MAX;
    const uint64_t time = now();
    return armed_at_ <= time ? 0 : armed_at_ - time;
}

void GoldfishRtc::set_time(bool high, uint32_t half) noexcept {
    const uint64_t time = now();
    offset_ += with_half(time, high, half) - time;
}

void GoldfishRtc::update_irq() noexcept { irq_.set(irq_pending_ && irq_enabled_); }

}  // namespace kiln
