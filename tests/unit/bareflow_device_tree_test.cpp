// The device tree's reader of BareFlow for RISC-V, in S-mode: trees that Kiln makes, other orders
// and widths that the Devicetree Specification 0.4 allows, and damaged ones.
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <random>

#include "devices/board_virt.h"
#include "devices/fdt_builder.h"

extern "C" {
#include "machine.h"
#include "platform.h"

BootInfo boot_info;
}

namespace kiln {
namespace {

class BareflowDeviceTree : public ::testing::Test {
  protected:
    // What is wrong with the tree; "" if it was read. The copy ends where its memory does.
    std::string read(const std::vector<std::byte>& tree, uint64_t hart = 0) {
        boot_info = {};
        machine = kAtStart;
        tree_ = std::make_unique<std::byte[]>(tree.size());
        std::memcpy(tree_.get(), tree.data(), tree.size());
        const char* const problem = machine_read(tree_.get(), hart);
        return problem == nullptr ? "" : problem;
    }
    uint64_t tree_address() const { return reinterpret_cast<uint64_t>(tree_.get()); }

  private:
    inline static const Machine kAtStart = machine;
    std::unique_ptr<std::byte[]> tree_;
};

std::string range(const ::MemoryRange& range) {
    std::ostringstream text;
    text << std::hex << range.start << "-" << range.end;
    return text.str();
}

VirtFdtInfo example() {
    VirtFdtInfo info;
    info.harts = 3;
    info.ram_size = 0x1000'0000;
    info.isa = "rv64gc";
    info.isa_base = "rv64i";
    info.isa_extensions = {"i", "m"};
    info.jitctl = true;
    info.chosen = {"prompt=\"Once upon\" seed=1", kiln::MemoryRange{0x8840'0000, 0x8850'0001}};
    return info;
}

TEST_F(BareflowDeviceTree, KilnsMachine) {
    const std::vector<std::byte> tree = make_virt_fdt(example());
    for (const uint64_t hart : {0u, 1u, 2u}) {
        ASSERT_EQ(read(tree, hart), "");
        EXPECT_EQ(machine.uart, virt::kUart.base);
        EXPECT_EQ(machine.uart_source, virt::kUartIrq);
        EXPECT_EQ(machine.finisher, virt::kFinisher.base);
        EXPECT_EQ(machine.jitctl, virt::kJitctl.base);
        EXPECT_EQ(machine.timebase, 10'000'000u);
        // The CLINT's registers, and the PLIC's contexts: M and S of each hart.
        EXPECT_EQ(machine.clock, virt::kClint.base + 0xbff8);
        EXPECT_EQ(machine.clock_compare, virt::kClint.base + 0x4000 + 8 * hart);
        EXPECT_EQ(machine.plic, virt::kPlic.base);
        EXPECT_EQ(machine.plic_context, 2 * hart + 1);
    }
    EXPECT_STREQ(boot_info.command_line, "prompt=\"Once upon\" seed=1");
    EXPECT_EQ(range(boot_info.initrd), "88400000-88500001");
    ASSERT_EQ(boot_info.memory_count, 1u);
    EXPECT_EQ(range(boot_info.memory[0]), "80000000-90000000");
    ASSERT_EQ(boot_info.reserved_count, 1u);
    EXPECT_EQ(boot_info.reserved[0].start, tree_address());
    EXPECT_EQ(boot_info.reserved[0].end, tree_address() + tree.size());
}

// What every readable tree has: a clock, and memory unless that is what the test is about.
void timebase(FdtBuilder& fdt, uint32_t hertz) {
    fdt.node("cpus", [&] { fdt.cells("timebase-frequency", {hertz}); });
}

void memory(FdtBuilder& fdt, const std::vector<uint32_t>& reg) {
    fdt.node("memory@80000000", [&] {
        fdt.string("device_type", "memory");
        fdt.cells("reg", reg);
    });
}

void device(FdtBuilder& fdt, const std::string& name, const std::vector<std::string>& compatible,
            std::initializer_list<uint32_t> reg, const char* status = "okay") {
    fdt.node(name, [&] {
        fdt.cells("reg", reg);
        fdt.string("status", status);
        fdt.strings("compatible", compatible);
    });
}

TEST_F(BareflowDeviceTree, OtherWidthsAndOrders) {
    FdtBuilder fdt;
    fdt.cells("#address-cells", {2});
    fdt.cells("#size-cells", {1});
    fdt.node("bus", [&] {
        fdt.cells("#address-cells", {1});
        fdt.cells("#size-cells", {2});
        device(fdt, "serial@1000", {"ns16550a"}, {0x1000, 0, 8}, "disabled");
        device(fdt, "serial@2000", {"vendor,uart", "ns16550a"}, {0x2000, 0, 8});
        device(fdt, "serial@3000", {"ns16550a"}, {0x3000, 0, 8});
        device(fdt, "test@4000", {"sifive,test0x"}, {0x4000, 0, 8});
    });
    // Overwrites nothing of what the bus' children were read with.
    fdt.node("reserved-memory", [&] {
        fdt.cells("#address-cells", {1});
        fdt.cells("#size-cells", {1});
        fdt.node("firmware@80000000", [&] { fdt.cells("reg", {0x8000'0000, 0x8'0000}); });
        fdt.node("pool", [&] { fdt.cells("size", {0x1000}); });
    });
    memory(fdt, {0, 0x8000'0000, 0x100'0000, 0, 0x9000'0000, 0, 1, 0, 0x1000});
    fdt.node("chosen", [&] {
        fdt.cells("linux,initrd-start", {0x8040'0000});
        fdt.cells("linux,initrd-end", {0x8040'1000});
    });
    timebase(fdt, 1'000'000);

    ASSERT_EQ(read(fdt.finish()), "");
    EXPECT_EQ(machine.uart, 0x2000u);
    EXPECT_EQ(machine.uart_source, 0u);
    EXPECT_EQ(machine.finisher, 0u);
    EXPECT_EQ(machine.plic, 0u);
    EXPECT_EQ(machine.jitctl, 0u);
    EXPECT_EQ(machine.timebase, 1'000'000u);
    EXPECT_STREQ(boot_info.command_line, "");
    EXPECT_EQ(range(boot_info.initrd), "80400000-80401000");
    ASSERT_EQ(boot_info.memory_count, 2u);
    EXPECT_EQ(range(boot_info.memory[0]), "80000000-81000000");
    EXPECT_EQ(range(boot_info.memory[1]), "100000000-100001000");
    ASSERT_EQ(boot_info.reserved_count, 2u);
    EXPECT_EQ(range(boot_info.reserved[1]), "80000000-80080000");
}

std::vector<std::byte> tree_with(const std::function<void(FdtBuilder&)>& content) {
    FdtBuilder fdt;
    fdt.cells("#address-cells", {1});
    fdt.cells("#size-cells", {1});
    content(fdt);
    return fdt.finish();
}

void nest(FdtBuilder& fdt, unsigned depth) {
    if (depth != 0) fdt.node("n", [&] { nest(fdt, depth - 1); });
}

TEST_F(BareflowDeviceTree, LongCommandLineIsCut) {
    const auto tree = tree_with([](FdtBuilder& fdt) {
        memory(fdt, {0x8000'0000, 0x1000});
        timebase(fdt, 1000);
        fdt.node("chosen", [&] { fdt.string("bootargs", std::string(5000, 'x')); });
    });
    ASSERT_EQ(read(tree), "");
    EXPECT_EQ(boot_info.command_line, std::string(kCommandLineSize - 1, 'x'));
}

TEST_F(BareflowDeviceTree, Refused) {
    const auto with = [](const std::vector<uint32_t>& reg, uint32_t hertz, unsigned depth) {
        return tree_with([&](FdtBuilder& fdt) {
            memory(fdt, reg);
            timebase(fdt, hertz);
            nest(fdt, depth);
        });
    };
    std::vector<uint32_t> many;
    for (uint32_t i = 0; i <= kMaxMemoryRanges; ++i) many.insert(many.end(), {i << 16, 0x1000});

    EXPECT_EQ(read(with({0x8000'0000, 0x1000}, 1000, 15)), "");
    EXPECT_EQ(read(with({0x8000'0000, 0x1000}, 1000, 16)), "nodes nested too deep");
    EXPECT_EQ(read(with({0x8000'0000, 0}, 1000, 0)), "no memory");
    EXPECT_EQ(read(with({0x8000'0000}, 1000, 0)), "no memory");
    EXPECT_EQ(read(with(many, 1000, 0)), "bad or too many memory ranges");
    EXPECT_EQ(read(with({0x8000'0000, 0x1000}, 0, 0)), "timebase-frequency is missing or absurd");
}

TEST_F(BareflowDeviceTree, Damaged) {
    const std::vector<std::byte> tree = make_virt_fdt(example());
    EXPECT_EQ(std::string(machine_read(nullptr, 0)), "there is none");
    std::vector<std::byte> other = tree;
    other[0] = std::byte{0};
    EXPECT_EQ(read(other), "wrong magic number");
    other = tree;
    other[23] = std::byte{16};  // version
    EXPECT_EQ(read(other), "unknown version");
    other = tree;
    other.back() = std::byte{'x'};  // ends the last of the names
    EXPECT_EQ(read(other), "a damaged structure block");

    // Any bytes but those of the size, for which whoever loaded the tree answers.
    std::mt19937 random(1);
    for (int round = 0; round < 20'000; ++round) {
        other = tree;
        for (unsigned changes = 1 + random() % 4; changes != 0; --changes)
            other[8 + random() % (tree.size() - 8)] =
                std::byte(random() % 5 == 0 ? 0xff : random());
        if (read(other) != "") continue;
        EXPECT_GE(boot_info.memory_count, 1u);
        for (size_t i = 0; i < boot_info.memory_count; ++i)
            EXPECT_LT(boot_info.memory[i].start, boot_info.memory[i].end);
    }
}

TEST_F(BareflowDeviceTree, CutOff) {
    const std::vector<std::byte> tree = make_virt_fdt(example());
    for (size_t size = 40; size < tree.size(); ++size) {
        std::vector<std::byte> other(tree.begin(), tree.begin() + static_cast<ptrdiff_t>(size));
        other[6] = std::byte(size >> 8);
        other[7] = std::byte(size);
        EXPECT_NE(read(other), "") << size;
    }
}

}  // namespace
}  // namespace kiln
