// From files to what is placed in RAM.
#include <cstring>
#include <gtest/gtest.h>

#include "image/boot_plan.h"
#include "unit/elf_builder.h"
#include "unit/error_of.h"
#include "unit/scratch_folder.h"

namespace kiln {
namespace {

using test::Elf64;
using test::ElfBuilder;
using test::error_of;
using test::ScratchFolder;

constexpr RamRange kRam{0x8000'0000, 64 << 20};

std::string elf(uint64_t address, const std::string& content) {
    ElfBuilder<Elf64> builder;
    builder.add_segment(address, content);
    const auto bytes = builder.bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string reason(const BootFiles& files, unsigned xlen = 64) {
    return error_of<InputError>([&] { plan_boot(files, kRam, xlen); });
}

TEST(BootPlan, BareProgram) {
    const ScratchFolder folder;
    const BootPlan plan =
        plan_boot({.image = folder.write("x.elf", elf(0x8000'1000, "code"))}, kRam, 64);
    EXPECT_EQ(plan.entry, 0x8000'1000U);
    EXPECT_EQ(plan.next_address, 0U);
    EXPECT_EQ(plan.bare(), &*plan.image);
}

TEST(BootPlan, FlatProgramGoesWhereItIsTold) {
    const ScratchFolder folder;
    const BootPlan plan =
        plan_boot({.image = folder.write("x.bin", "code"), .flat_address = 0x8000'4000}, kRam, 32);
    EXPECT_EQ(plan.entry, 0x8000'4000U);
}

TEST(BootPlan, FirmwareKernelAndInitrd) {
    const ScratchFolder folder;
    const BootPlan plan = plan_boot({.firmware = folder.write("fw", "firmware"),
                                     .kernel = folder.write("k", "kernel"),
                                     .initrd = folder.write("i", "initrd")},
                                    kRam, 64);
    EXPECT_EQ(plan.entry, kRam.base);
    EXPECT_EQ(plan.next_address, 0x8020'0000U);
    EXPECT_EQ(plan.initrd->address, 0x8220'0000U);
    EXPECT_EQ(plan.bare(), nullptr);
    EXPECT_EQ(plan.used().size(), 3U);

    std::string ram(kRam.size, '\0');
    place(plan, {kRam.base, kRam.size, [&](uint64_t address, std::span<const std::byte> bytes) {
                     std::memcpy(&ram[address - kRam.base], bytes.data(), bytes.size());
                 }});
    EXPECT_EQ(ram.substr(0, 9), std::string("firmware\0", 9));
    EXPECT_EQ(ram.substr(0x20'0000, 7), std::string("kernel\0", 7));
    EXPECT_EQ(ram.substr(0x220'0000, 7), std::string("initrd\0", 7));
}

TEST(BootPlan, ElfKernelStaysAtItsAddress) {
    const ScratchFolder folder;
    const BootPlan plan = plan_boot({.firmware = folder.write("fw", "firmware"),
                                     .kernel = folder.write("k", elf(0x8100'0000, "kernel"))},
                                    kRam, 64);
    EXPECT_EQ(plan.next_address, 0x8100'0000U);
}

TEST(BootPlan, KernelWithoutFirmwareRunsAtTheStartOfRam) {
    const ScratchFolder folder;
    const BootPlan plan = plan_boot({.kernel = folder.write("k", "kernel")}, kRam, 64);
    EXPECT_EQ(plan.entry, kRam.base);
    EXPECT_EQ(plan.next_address, 0U);
    EXPECT_EQ(plan.bare(), &*plan.kernel);
}

TEST(BootPlan, EmptyPlan) {
    const BootPlan plan = plan_boot({}, kRam, 64);
    EXPECT_EQ(plan.entry, kRam.base);
    EXPECT_TRUE(plan.used().empty());
}

TEST(BootPlan, EveryFileIsNamedInItsError) {
    const ScratchFolder folder;
    const std::string missing = folder.name("missing");
    const std::string fw = folder.write("fw", "firmware");
    const std::string k = folder.write("k", "kernel");
    const std::string text = missing + ": cannot open: No such file or directory";
    EXPECT_EQ(reason({.image = missing}), text);
    EXPECT_EQ(reason({.firmware = missing}), text);
    EXPECT_EQ(reason({.firmware = fw, .kernel = missing}), text);
    EXPECT_EQ(reason({.firmware = fw, .kernel = k, .initrd = missing}), text);
}

TEST(BootPlan, WrongWidth) {
    const ScratchFolder folder;
    const std::string name = folder.write("x", elf(kRam.base, "code"));
    EXPECT_EQ(reason({.image = name}, 32),
              name + ": is a 64-bit ELF, but the guest is rv32 (see --isa)");
    EXPECT_EQ(reason({.kernel = name}, 32),
              name + ": is a 64-bit ELF, but the guest is rv32 (see --isa)");
}

TEST(BootPlan, OutsideRam) {
    const ScratchFolder folder;
    const std::string name = folder.write("x", elf(0x1000, "code"));
    const std::string text =
        name + ": segment 0 (0x1000-0x1003) lies outside RAM (0x80000000-0x83ffffff)";
    EXPECT_EQ(reason({.image = name}), text);
    EXPECT_EQ(reason({.kernel = name}), text);
    EXPECT_EQ(reason({.firmware = name}), text);
}

TEST(BootPlan, KernelOverFirmware) {
    const ScratchFolder folder;
    const std::string fw = folder.write("fw", "firmware");
    const std::string kernel = folder.write("k", elf(0x8000'0007, "kernel!!"));
    EXPECT_EQ(reason({.firmware = fw, .kernel = kernel}), kernel + ": the entry 0x80000007 is odd");
    const std::string even = folder.write("k2", elf(0x8000'0006, "kernel!!"));
    EXPECT_EQ(reason({.firmware = fw, .kernel = even}),
              even + ": 0x80000006-0x8000000d overlaps " + fw + " (0x80000000-0x80000007)");
}

TEST(BootPlan, CompressedKernels) {
    const ScratchFolder folder;
    const struct {
        std::string magic;
        std::string format;
    } cases[] = {
        {"\x1f\x8b", "gzip"},
        {"\x28\xb5\x2f\xfd", "zstd"},
        {std::string("\xfd"
                     "7zXZ\0",
                     6),
         "xz"},
        {std::string("MZ\0\0zimg", 8), "EFI zboot"},
    };
    for (const auto& [magic, format] : cases) {
        const std::string name = folder.write("k", magic + "more");
        EXPECT_EQ(reason({.kernel = name}),
                  name + ": is compressed (" + format + "); unpack it first");
    }
}

}  // namespace
}  // namespace kiln
