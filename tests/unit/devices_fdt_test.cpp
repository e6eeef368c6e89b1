// The device tree is checked against what QEMU's `virt` shows for the same devices (DTB version
// 7.2, `-M virt,dumpdtb=`), and against the kernel's bindings.
#include <gtest/gtest.h>
#include <libfdt.h>
#include <map>
#include <random>

#include "devices/board_virt.h"
#include "devices/fdt_builder.h"
#include "devices/fdt_file.h"
#include "support/error.h"

namespace kiln {
namespace {

std::vector<std::byte> bytes(std::string_view text) {
    const auto span = std::as_bytes(std::span(text));
    return {span.begin(), span.end()};
}

// A property as text: lists joined by commas.
class Tree {
  public:
    explicit Tree(std::vector<std::byte> fdt) : fdt_(std::move(fdt)) {
        EXPECT_EQ(fdt_check_full(fdt_.data(), fdt_.size()), 0);
    }
    bool has(const std::string& path) const { return node(path) >= 0; }
    bool has(const std::string& path, const char* name) const {
        return raw(path, name) != std::nullopt;
    }
    std::string text(const std::string& path, const char* name) const {
        std::string value = raw(path, name).value_or("(absent)?");
        value.pop_back();
        std::replace(value.begin(), value.end(), '\0', ',');
        return value;
    }
    std::vector<uint32_t> cells(const std::string& path, const char* name) const {
        const std::string value = raw(path, name).value_or("");
        std::vector<uint32_t> cells;
        for (size_t i = 0; i + 4 <= value.size(); i += 4)
            cells.push_back(fdt32_ld(reinterpret_cast<const fdt32_t*>(value.data() + i)));
        return cells;
    }
    std::optional<std::string> raw(const std::string& path, const char* name) const {
        int length = 0;
        const void* data = fdt_getprop(fdt_.data(), node(path), name, &length);
        if (data == nullptr) return std::nullopt;
        return std::string(static_cast<const char*>(data), static_cast<size_t>(length));
    }

  private:
    int node(const std::string& path) const { return fdt_path_offset(fdt_.data(), path.c_str()); }
    std::vector<std::byte> fdt_;
};

VirtFdtInfo example() {
    VirtFdtInfo info;
    info.harts = 2;
    info.ram_size = 0x1'0000'0000;
    info.isa = "rv64imafdc_zicsr";
    info.isa_base = "rv64i";
    info.isa_extensions = {"i", "m", "zicsr"};
    info.mmu_type = "riscv,sv57";
    info.chosen = {"console=ttyS0", MemoryRange{0x8840'0000, 0x8850'0001}};
    info.rng_seed = bytes("seed");
    return info;
}

using Cells = std::vector<uint32_t>;

TEST(VirtFdt, Cpus) {
    const Tree tree(make_virt_fdt(example()));
    EXPECT_EQ(tree.cells("/cpus", "timebase-frequency"), Cells{10'000'000});
    for (const unsigned hart : {0u, 1u}) {
        const std::string cpu = "/cpus/cpu@" + std::to_string(hart);
        EXPECT_EQ(tree.cells(cpu, "reg"), Cells{hart});
        EXPECT_EQ(tree.text(cpu, "device_type"), "cpu");
        EXPECT_EQ(tree.text(cpu, "riscv,isa"), "rv64imafdc_zicsr");
        EXPECT_EQ(tree.text(cpu, "riscv,isa-base"), "rv64i");
        EXPECT_EQ(tree.text(cpu, "riscv,isa-extensions"), "i,m,zicsr");
        EXPECT_EQ(tree.text(cpu, "mmu-type"), "riscv,sv57");
        for (const char* kind : {"cbom", "cboz", "cbop"}) {
            const std::string name = "riscv," + std::string(kind) + "-block-size";
            EXPECT_EQ(tree.cells(cpu, name.c_str()), Cells{64});
        }
        EXPECT_EQ(tree.text(cpu + "/interrupt-controller", "compatible"), "riscv,cpu-intc");
    }
    EXPECT_FALSE(tree.has("/cpus/cpu@2"));
    EXPECT_EQ(tree.cells("/cpus/cpu-map/cluster0/core1", "cpu"),
              tree.cells("/cpus/cpu@1", "phandle"));
}

TEST(VirtFdt, WhatIsAbsent) {
    VirtFdtInfo info = example();
    info.mmu_type.clear();
    info.cboz_block_size = 0;
    info.chosen = {};
    info.rng_seed.clear();
    const Tree tree(make_virt_fdt(info));
    EXPECT_FALSE(tree.has("/cpus/cpu@0", "mmu-type"));
    EXPECT_FALSE(tree.has("/cpus/cpu@0", "riscv,cboz-block-size"));
    for (const char* name : {"bootargs", "linux,initrd-start", "rng-seed"})
        EXPECT_FALSE(tree.has("/chosen", name));
    EXPECT_EQ(tree.text("/chosen", "stdout-path"), "/soc/serial@10000000");
}

TEST(VirtFdt, MemoryAndChosen) {
    const Tree tree(make_virt_fdt(example()));
    EXPECT_EQ(tree.cells("/memory@80000000", "reg"), (Cells{0, 0x8000'0000, 1, 0}));
    EXPECT_EQ(tree.text("/chosen", "bootargs"), "console=ttyS0");
    EXPECT_EQ(tree.cells("/chosen", "linux,initrd-start"), (Cells{0, 0x8840'0000}));
    EXPECT_EQ(tree.cells("/chosen", "linux,initrd-end"), (Cells{0, 0x8850'0001}));
    EXPECT_EQ(tree.raw("/chosen", "rng-seed"), "seed");
}

TEST(VirtFdt, Devices) {
    const Tree tree(make_virt_fdt(example()));
    struct Node {
        const char* path;
        Cells reg;
        const char* compatible;
        Cells interrupts;
    };
    const std::vector<Node> nodes = {
        {"/soc/test@100000", {0, 0x100000, 0, 0x1000}, "sifive,test1,sifive,test0,syscon", {}},
        {"/soc/rtc@101000", {0, 0x101000, 0, 0x1000}, "google,goldfish-rtc", {11}},
        {"/soc/clint@2000000", {0, 0x2000000, 0, 0x10000}, "sifive,clint0,riscv,clint0", {}},
        {"/soc/plic@c000000", {0, 0xc000000, 0, 0x600000}, "sifive,plic-1.0.0,riscv,plic0", {}},
        {"/soc/serial@10000000", {0, 0x10000000, 0, 0x100}, "ns16550a", {10}},
        {"/soc/virtio_mmio@10001000", {0, 0x10001000, 0, 0x1000}, "virtio,mmio", {1}},
        {"/soc/virtio_mmio@10008000", {0, 0x10008000, 0, 0x1000}, "virtio,mmio", {8}}};
    const Cells plic = tree.cells("/soc/plic@c000000", "phandle");
    for (const Node& node : nodes) {
        EXPECT_EQ(tree.cells(node.path, "reg"), node.reg) << node.path;
        EXPECT_EQ(tree.text(node.path, "compatible"), node.compatible);
        EXPECT_EQ(tree.cells(node.path, "interrupts"), node.interrupts) << node.path;
        EXPECT_EQ(tree.cells(node.path, "interrupt-parent"),
                  node.interrupts.empty() ? Cells{} : plic);
    }
    EXPECT_EQ(tree.cells("/soc/serial@10000000", "clock-frequency"), Cells{3'686'400});
    EXPECT_EQ(tree.cells("/soc/plic@c000000", "riscv,ndev"), Cells{95});
}

TEST(VirtFdt, JitctlOnlyWhereItIs) {
    const char* const path = "/soc/jitctl@10200000";
    VirtFdtInfo info = example();
    EXPECT_FALSE(Tree(make_virt_fdt(info)).has(path));
    info.jitctl = true;
    const Tree tree(make_virt_fdt(info));
    EXPECT_EQ(tree.text(path, "compatible"), "kiln,jitctl");
    EXPECT_EQ(tree.cells(path, "reg"), (Cells{0, 0x10200000, 0, 0x1000}));
}

TEST(VirtFdt, InterruptWiring) {
    const Tree tree(make_virt_fdt(example()));
    const auto intc = [&](const char* hart) {
        return tree.cells(std::string("/cpus/") + hart + "/interrupt-controller", "phandle").at(0);
    };
    const uint32_t first = intc("cpu@0");
    const uint32_t second = intc("cpu@1");
    EXPECT_NE(first, second);
    EXPECT_EQ(tree.cells("/soc/plic@c000000", "interrupts-extended"),
              (Cells{first, 11, first, 9, second, 11, second, 9}));
    EXPECT_EQ(tree.cells("/soc/clint@2000000", "interrupts-extended"),
              (Cells{first, 3, first, 7, second, 3, second, 7}));
}

TEST(VirtFdt, PowerOffAndReboot) {
    const Tree tree(make_virt_fdt(example()));
    for (const auto& [name, value] : {std::pair{"poweroff", 0x5555u}, {"reboot", 0x7777u}}) {
        const std::string path = std::string("/") + name;
        EXPECT_EQ(tree.text(path, "compatible"), std::string("syscon-") + name);
        EXPECT_EQ(tree.cells(path, "regmap"), tree.cells("/soc/test@100000", "phandle"));
        EXPECT_EQ(tree.cells(path, "offset"), Cells{0});
        EXPECT_EQ(tree.cells(path, "value"), Cells{value});
    }
}

TEST(VirtFdt, GrowsWithItsContent) {
    VirtFdtInfo info = example();
    info.harts = 8;
    info.chosen.bootargs = std::string(200'000, 'a');
    const Tree tree(make_virt_fdt(info));
    EXPECT_EQ(tree.text("/chosen", "bootargs").size(), 200'000u);
    EXPECT_TRUE(tree.has("/cpus/cpu@7"));
}

std::vector<std::byte> small_tree() {
    FdtBuilder fdt;
    fdt.node("soc", [&] { fdt.cells("value", {1, 2}); });
    return fdt.finish();
}

TEST(WithChosen, AddsTheNode) {
    const Tree tree(with_chosen(small_tree(), "t.dtb", {"quiet", MemoryRange{1, 0x2'0000'0000}}));
    EXPECT_EQ(tree.text("/chosen", "bootargs"), "quiet");
    EXPECT_EQ(tree.cells("/chosen", "linux,initrd-start"), (Cells{0, 1}));
    EXPECT_EQ(tree.cells("/chosen", "linux,initrd-end"), (Cells{2, 0}));
    EXPECT_EQ(tree.cells("/soc", "value"), (Cells{1, 2}));
}

TEST(WithChosen, ReplacesAndKeeps) {
    const auto virt = make_virt_fdt(example());
    const Tree replaced(with_chosen(virt, "t.dtb", {std::string(5000, 'b'), std::nullopt}));
    EXPECT_EQ(replaced.text("/chosen", "bootargs"), std::string(5000, 'b'));
    EXPECT_EQ(replaced.cells("/chosen", "linux,initrd-start"), (Cells{0, 0x8840'0000}));
    const Tree kept(with_chosen(virt, "t.dtb", {}));
    EXPECT_EQ(kept.text("/chosen", "bootargs"), "console=ttyS0");
}

void expect_malformed(std::span<const std::byte> fdt) {
    try {
        check_fdt(fdt, "t.dtb");
        FAIL() << "accepted";
    } catch (const InputError& error) {
        EXPECT_TRUE(std::string_view(error.what()).starts_with("t.dtb: ")) << error.what();
    }
    EXPECT_THROW(with_chosen(fdt, "t.dtb", {"x", std::nullopt}), InputError);
}

TEST(CheckFdt, Malformed) {
    const auto good = make_virt_fdt(example());
    check_fdt(good, "t.dtb");
    expect_malformed({});
    expect_malformed(bytes("not a device tree at all, but long enough for its header"));
    for (size_t size = 0; size < good.size(); size += 13)
        expect_malformed(std::span(good).first(size));
    std::vector<std::byte> large(17 << 20);
    std::copy(good.begin(), good.end(), large.begin());
    expect_malformed(large);
}

// Whatever the bytes say, they are accepted or refused, nothing else (run with sanitizers).
TEST(CheckFdt, RandomDamage) {
    const auto good = make_virt_fdt(example());
    std::mt19937 random(1);
    unsigned refused = 0;
    for (unsigned i = 0; i < 3000; ++i) {
        auto damaged = good;
        const size_t limit = i % 2 != 0 ? sizeof(fdt_header) : damaged.size();
        for (unsigned flips = 1 + random() % 4; flips != 0; --flips)
            damaged[random() % limit] = static_cast<std::byte>(random());
        try {
            with_chosen(damaged, "t.dtb", {"root=/dev/vda", MemoryRange{1, 2}});
        } catch (const InputError&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, 1000u);
}

}  // namespace
}  // namespace kiln
