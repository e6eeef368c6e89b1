#include "devices/board_virt.h"

#include <algorithm>

#include "devices/bits.h"
#include "devices/virtio_blk.h"
#include "support/error.h"

namespace kiln {

namespace {
// Interrupt inputs of a hart: bits of mip (privileged specification, section 3.1.9).
enum HartInput : unsigned { kMsip = 3, kMtip = 7, kSeip = 9, kMeip = 11 };

constexpr uint64_t kNsPerTick = 1'000'000'000 / kTimebaseHz;

const std::vector<IrqSink*>& checked(const VirtConfig& config,
                                     const std::vector<IrqSink*>& hart_irqs) {
    if (config.harts == 0 || config.harts > virt::kMaxHarts || hart_irqs.size() != config.harts)
        throw UsageError("--smp: the machine has 1 to " + std::to_string(virt::kMaxHarts) +
                         " harts");
    if (config.drives.size() > virt::kMaxDrives)
        throw UsageError("--drive: the machine takes at most " + std::to_string(virt::kMaxDrives) +
                         " drives");
    return hart_irqs;
}

// A hart's contexts are M, then S.
std::vector<IrqLine> plic_outputs(const std::vector<IrqSink*>& hart_irqs) {
    std::vector<IrqLine> outputs;
    for (IrqSink* hart : hart_irqs) {
        outputs.emplace_back(*hart, kMeip);
        outputs.emplace_back(*hart, kSeip);
    }
    return outputs;
}

std::vector<Clint::Outputs> clint_outputs(const std::vector<IrqSink*>& hart_irqs) {
    std::vector<Clint::Outputs> outputs;
    for (IrqSink* hart : hart_irqs)
        outputs.push_back({IrqLine(*hart, kMsip), IrqLine(*hart, kMtip)});
    return outputs;
}

std::unique_ptr<VirtioDevice> make_virtio(const VirtConfig& config, unsigned slot) {
    if (slot < config.drives.size())
        return std::make_unique<VirtioBlk>(std::make_unique<DiskImage>(config.drives[slot]),
                                           "kiln-drive-" + std::to_string(slot));
    if (slot == virt::kVirtioSlots - 1) return std::make_unique<VirtioRng>(config.entropy);
    return nullptr;
}
}  // namespace

VirtBoard::VirtBoard(const VirtConfig& config, Bus& bus, DmaMemory& memory, Clock& clock,
                     CharBackend& console, const std::vector<IrqSink*>& hart_irqs)
    : clock_(&clock),
      plic_(plic_outputs(checked(config, hart_irqs))),
      clint_(clock, clint_outputs(hart_irqs)),
      rtc_(config.wall_clock_ns, IrqLine(plic_, virt::kRtcIrq)),
      uart_(console, clock, IrqLine(plic_, virt::kUartIrq)) {
    for (unsigned slot = 0; slot < virt::kVirtioSlots; ++slot)
        virtio_.emplace_back(make_virtio(config, slot), memory,
                             IrqLine(plic_, virt::kVirtioIrq + slot));
    if (config.jit != nullptr) jitctl_.emplace(*config.jit);
    map(bus);
}

void VirtBoard::map(Bus& bus) {
    const auto put = [&](const char* name, const virt::Mmio& range, Device& device) {
        bus.map(name, range.base, range.size, device);
    };
    put("finisher", virt::kFinisher, finisher_);
    put("rtc", virt::kRtc, rtc_);
    put("clint", virt::kClint, clint_);
    put("plic", virt::kPlic, plic_);
    put("uart", virt::kUart, uart_);
    for (unsigned slot = 0; slot < virt::kVirtioSlots; ++slot)
        bus.map("virtio" + std::to_string(slot), virt::kVirtio.base + slot * virt::kVirtio.size,
                virt::kVirtio.size, virtio_[slot]);
    if (jitctl_) put("jitctl", virt::kJitctl, *jitctl_);
}

void VirtBoard::state(StateArchive& archive) {
    plic_.state(archive);
    clint_.state(archive);
    finisher_.state(archive);
    rtc_.state(archive);
    uart_.state(archive);
    for (VirtioMmio& slot : virtio_) slot.state(archive);
    if (jitctl_) jitctl_->state(archive);
}

void VirtBoard::poll() noexcept {
    uart_.poll();
    clint_.update();
    rtc_.poll();
    for (VirtioMmio& slot : virtio_) slot.poll();
}

uint64_t VirtBoard::next_deadline() noexcept {
    const uint64_t now = clock_->now();
    if (std::any_of(virtio_.begin(), virtio_.end(), [](auto& slot) { return slot.busy(); }))
        return now;
    const uint64_t alarm_ns = rtc_.ns_to_alarm();
    const uint64_t alarm =
        alarm_ns == UINT64_MAX
            ? UINT64_MAX
            : saturating_add(now, saturating_add(alarm_ns, kNsPerTick - 1) / kNsPerTick);
    return std::min({clint_.next_deadline(), uart_.next_deadline(), alarm});
}

}  // namespace kiln
