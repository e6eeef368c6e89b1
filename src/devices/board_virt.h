// The `virt` machine: the address map that QEMU documents for its machine of that name, the device
// tree that describes it, and the devices wired together.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "devices/bus.h"
#include "devices/char_backend.h"
#include "devices/clint.h"
#include "devices/disk_image.h"
#include "devices/fdt_file.h"
#include "devices/finisher.h"
#include "devices/goldfish_rtc.h"
#include "devices/jitctl.h"
#include "devices/plic.h"
#include "devices/uart16550.h"
#include "devices/virtio_mmio.h"
#include "devices/virtio_rng.h"

namespace kiln {

namespace virt {
struct Mmio {
    uint64_t base;
    uint64_t size;
};
inline constexpr Mmio kFinisher = {0x10'0000, 0x1000};
inline constexpr Mmio kRtc = {0x10'1000, 0x1000};
inline constexpr Mmio kClint = {0x200'0000, 0x1'0000};
inline constexpr Mmio kPlic = {0xc00'0000, 0x60'0000};
inline constexpr Mmio kUart = {0x1000'0000, 0x100};
// The first virtio slot; the others follow at distances of its size.
inline constexpr Mmio kVirtio = {0x1000'1000, 0x1000};
inline constexpr unsigned kVirtioSlots = 8;
// Kiln's own; QEMU has nothing there.
inline constexpr Mmio kJitctl = {0x1020'0000, 0x1000};
inline constexpr uint64_t kRamBase = 0x8000'0000;

// PLIC sources.
inline constexpr unsigned kVirtioIrq = 1;  // Of the first slot.
inline constexpr unsigned kUartIrq = 10;
inline constexpr unsigned kRtcIrq = 11;

inline constexpr unsigned kMaxHarts = 8;
// One slot is the entropy device's.
inline constexpr unsigned kMaxDrives = kVirtioSlots - 1;
}  // namespace virt

// What the device tree says beyond the address map.
struct VirtFdtInfo {
    unsigned harts = 1;
    uint64_t ram_size = 0;
    std::string isa;                          // riscv,isa: "rv64imafdc_zicsr"
    std::string isa_base;                     // riscv,isa-base: "rv64i"
    std::vector<std::string> isa_extensions;  // riscv,isa-extensions
    std::string mmu_type;                     // "riscv,sv48"; empty: no MMU
    // Bytes of a cache block for cbo.* and prefetch.*; 0: the extension is absent.
    uint32_t cbom_block_size = 64;
    uint32_t cboz_block_size = 64;
    uint32_t cbop_block_size = 64;
    bool jitctl = false;
    ChosenInfo chosen;
    std::vector<std::byte> rng_seed;  // For the kernel's random pool; may be empty.
};

// The device tree of the machine.
std::vector<std::byte> make_virt_fdt(const VirtFdtInfo& info);

struct VirtConfig {
    unsigned harts = 1;  // 1 to kMaxHarts
    std::vector<DriveSpec> drives;
    // Both may be replaced to make runs repeatable.
    std::function<uint64_t()> wall_clock_ns = host_wall_clock_ns;
    EntropySource entropy = host_entropy;
    // What the jitctl device leads to; nullptr: the machine has no such device.
    JitControl* jit = nullptr;
};

// The devices of the machine, mapped on a bus and wired. Drive N is in virtio slot N, the entropy
// device in the last slot.
class VirtBoard {
  public:
    // The references, `config.jit` and `hart_irqs`, one sink for each hart with inputs numbered
    // like the bits of mip (MSIP 3, MTIP 7, SEIP 9, MEIP 11), outlive the board. Throws UsageError
    // for a number of harts or drives that the machine cannot have, InputError for a drive that
    // cannot be opened.
    VirtBoard(const VirtConfig& config, Bus& bus, DmaMemory& memory, Clock& clock,
              CharBackend& console, const std::vector<IrqSink*>& hart_irqs);

    // To be called between slices of guest code: console input and output, timers, the clock's
    // alarm, and what is left of virtio requests.
    void poll() noexcept;
    // The next time, in ticks of the clock, at which poll() has something to do without input from
    // outside; UINT64_MAX when there is none. Never later than an interrupt from a timer.
    uint64_t next_deadline() noexcept;

    // The code that the guest ended with.
    std::optional<int> exit_code() const { return finisher_.exit_code(); }
    bool reset_requested() const { return finisher_.reset_requested(); }
    // Guest time for the `time` CSR, which shows mtime.
    uint64_t mtime() noexcept { return clint_.mtime(); }

    // The state of all devices, saved or loaded. Throws as StateArchive does.
    void state(StateArchive& archive);

  private:
    void map(Bus& bus);

    Clock* clock_;
    Plic plic_;
    Clint clint_;
    Finisher finisher_;
    GoldfishRtc rtc_;
    Uart16550 uart_;
    std::deque<VirtioMmio> virtio_;
    std::optional<Jitctl> jitctl_;
};

}  // namespace kiln
