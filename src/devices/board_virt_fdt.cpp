#include "devices/board_virt.h"
#include "devices/fdt_builder.h"

namespace kiln {

namespace {
constexpr uint32_t kPlicPhandle = 1;
constexpr uint32_t kFinisherPhandle = 2;
constexpr uint32_t cpu_phandle(unsigned hart) { return 16 + 2 * hart; }
constexpr uint32_t intc_phandle(unsigned hart) { return cpu_phandle(hart) + 1; }

// Words that the guest writes to the finisher.
constexpr uint32_t kPowerOff = 0x5555;
constexpr uint32_t kReboot = 0x7777;

std::string hex(uint64_t value) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (; value != 0; value >>= 4) text.insert(text.begin(), kDigits[value & 15]);
    return text;
}

class VirtTree {
  public:
    explicit VirtTree(const VirtFdtInfo& info) : info_(info) {}

    std::vector<std::byte> build() {
        fdt_.cells("#address-cells", {2});
        fdt_.cells("#size-cells", {2});
        fdt_.string("compatible", "riscv-virtio");
        fdt_.string("model", "kiln,virt");
        fdt_.node("aliases", [&] { fdt_.string("serial0", uart_path()); });
        fdt_.node("chosen", [&] { chosen(); });
        fdt_.node("memory@" + hex(virt::kRamBase), [&] {
            fdt_.string("device_type", "memory");
            fdt_.wide_cells("reg", {virt::kRamBase, info_.ram_size});
        });
        fdt_.node("cpus", [&] { cpus(); });
        syscon("poweroff", kPowerOff);
        syscon("reboot", kReboot);
        fdt_.node("soc", [&] { soc(); });
        return fdt_.finish();
    }

  private:
    static std::string uart_path() { return "/soc/serial@" + hex(virt::kUart.base); }

    void chosen() {
        fdt_.string("stdout-path", uart_path());
        if (info_.chosen.bootargs) fdt_.string("bootargs", *info_.chosen.bootargs);
        if (info_.chosen.initrd) {
            fdt_.wide_cells("linux,initrd-start", {info_.chosen.initrd->start});
            fdt_.wide_cells("linux,initrd-end", {info_.chosen.initrd->end});
        }
        if (!info_.rng_seed.empty()) fdt_.bytes("rng-seed", info_.rng_seed);
    }

    void cpus() {
        fdt_.cells("#address-cells", {1});
        fdt_.cells("#size-cells", {0});
        fdt_.cells("timebase-frequency", {kTimebaseHz});
        for (unsigned hart = 0; hart < info_.harts; ++hart)
            fdt_.node("cpu@" + std::to_string(hart), [&] { cpu(hart); });
        fdt_.node("cpu-map", [&] {
            fdt_.node("cluster0", [&] {
                for (unsigned hart = 0; hart < info_.harts; ++hart)
                    fdt_.node("core" + std::to_string(hart),
                              [&] { fdt_.cells("cpu", {cpu_phandle(hart)}); });
            });
        });
    }

    void cpu(unsigned hart) {
        fdt_.cells("phandle", {cpu_phandle(hart)});
        fdt_.string("device_type", "cpu");
        fdt_.cells("reg", {hart});
        fdt_.string("status", "okay");
        fdt_.string("compatible", "riscv");
        fdt_.string("riscv,isa", info_.isa);
        fdt_.string("riscv,isa-base", info_.isa_base);
        fdt_.strings("riscv,isa-extensions", info_.isa_extensions);
        if (!info_.mmu_type.empty()) fdt_.string("mmu-type", info_.mmu_type);
        block_size("riscv,cbom-block-size", info_.cbom_block_size);
        block_size("riscv,cboz-block-size", info_.cboz_block_size);
        block_size("riscv,cbop-block-size", info_.cbop_block_size);
        fdt_.node("interrupt-controller", [&] {
            fdt_.cells("phandle", {intc_phandle(hart)});
            fdt_.string("compatible", "riscv,cpu-intc");
            fdt_.flag("interrupt-controller");
            fdt_.cells("#interrupt-cells", {1});
        });
    }

    void block_size(const char* name, uint32_t size) {
        if (size != 0) fdt_.cells(name, {size});
    }

    void syscon(const std::string& action, uint32_t value) {
        fdt_.node(action, [&] {
            fdt_.string("compatible", "syscon-" + action);
            fdt_.cells("regmap", {kFinisherPhandle});
            fdt_.cells("offset", {0});
            fdt_.cells("value", {value});
        });
    }

    void soc() {
        fdt_.cells("#address-cells", {2});
        fdt_.cells("#size-cells", {2});
        fdt_.string("compatible", "simple-bus");
        fdt_.flag("ranges");
        device("test", virt::kFinisher, {"sifive,test1", "sifive,test0", "syscon"},
               [&] { fdt_.cells("phandle", {kFinisherPhandle}); });
        device("rtc", virt::kRtc, {"google,goldfish-rtc"}, [&] { interrupt(virt::kRtcIrq); });
        device("clint", virt::kClint, {"sifive,clint0", "riscv,clint0"},
               [&] { hart_interrupts(3, 7); });
        device("plic", virt::kPlic, {"sifive,plic-1.0.0", "riscv,plic0"}, [&] { plic(); });
        device("serial", virt::kUart, {"ns16550a"}, [&] {
            interrupt(virt::kUartIrq);
            fdt_.cells("clock-frequency", {Uart16550::kInputHz});
        });
        for (unsigned slot = 0; slot < virt::kVirtioSlots; ++slot) {
            const virt::Mmio range = {virt::kVirtio.base + slot * virt::kVirtio.size,
                                      virt::kVirtio.size};
            device("virtio_mmio", range, {"virtio,mmio"},
                   [&] { interrupt(virt::kVirtioIrq + slot); });
        }
        if (info_.jitctl) device("jitctl", virt::kJitctl, {"kiln,jitctl"}, [] {});
    }

    void device(const std::string& name, const virt::Mmio& range,
                const std::vector<std::string>& compatible, const std::function<void()>& content) {
        fdt_.node(name + "@" + hex(range.base), [&] {
            fdt_.strings("compatible", compatible);
            fdt_.wide_cells("reg", {range.base, range.size});
            content();
        });
    }

    void interrupt(uint32_t source) {
        fdt_.cells("interrupts", {source});
        fdt_.cells("interrupt-parent", {kPlicPhandle});
    }

    void plic() {
        fdt_.cells("phandle", {kPlicPhandle});
        fdt_.cells("#address-cells", {0});
        fdt_.cells("#interrupt-cells", {1});
        fdt_.flag("interrupt-controller");
        fdt_.cells("riscv,ndev", {Plic::kSources - 1});
        hart_interrupts(11, 9);
    }

    // Two inputs of each hart, in the order in which the device numbers its outputs.
    void hart_interrupts(uint32_t first, uint32_t second) {
        std::vector<uint32_t> cells;
        for (unsigned hart = 0; hart < info_.harts; ++hart)
            cells.insert(cells.end(), {intc_phandle(hart), first, intc_phandle(hart), second});
        fdt_.cells("interrupts-extended", cells);
    }

    const VirtFdtInfo& info_;
    FdtBuilder fdt_;
};
}  // namespace

std::vector<std::byte> make_virt_fdt(const VirtFdtInfo& info) { return VirtTree(info).build(); }

}  // namespace kiln
