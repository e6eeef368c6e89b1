// Places in RAM and the reset vector. The expected addresses and words were read from
// qemu-system-riscv32 and -riscv64 7.2 (-M virt -S, monitor commands `info roms` and `xp`), booted
// with an OpenSBI of less than 2 MiB, a kernel of 3000000 and an initrd of 5000000 bytes.
#include <cstring>
#include <gtest/gtest.h>
#include <ostream>

#include "image/boot_layout.h"
#include "image/reset_vector.h"
#include "unit/error_of.h"

namespace kiln {
namespace {

using test::error_of;

constexpr uint64_t kBase = 0x8000'0000;
constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kFirmwareEnd = kBase + 0x1'c280;
constexpr uint64_t kKernelSize = 3'000'000;
constexpr uint64_t kInitrdSize = 5'000'000;
constexpr uint64_t kFdtSize = kMiB;

Image flat_kernel(uint64_t size) {
    Image image;
    image.name = "vmlinux";
    image.segments = {{0, 0, {}, size, true}};
    return image;
}

struct Boot {
    unsigned xlen;
    uint64_t ram_mib;
    uint64_t kernel, initrd, fdt;
};

void PrintTo(const Boot& boot, std::ostream* out) {
    *out << "rv" << boot.xlen << " with " << boot.ram_mib << " MiB";
}

constexpr Boot kBoots[] = {
    {64, 64, 0x8020'0000, 0x8220'0000, 0x83e0'0000},
    {64, 128, 0x8020'0000, 0x8420'0000, 0x87e0'0000},
    {64, 512, 0x8020'0000, 0x8820'0000, 0x9fe0'0000},
    {64, 1024, 0x8020'0000, 0x8820'0000, 0xbfe0'0000},
    {64, 4096, 0x8020'0000, 0x8820'0000, 0xbfe0'0000},
    {32, 64, 0x8040'0000, 0x8240'0000, 0x83e0'0000},
    {32, 128, 0x8040'0000, 0x8440'0000, 0x87e0'0000},
    {32, 512, 0x8040'0000, 0x8840'0000, 0x9fe0'0000},
    {32, 1024, 0x8040'0000, 0x8840'0000, 0xbfe0'0000},
};

class BootLayout : public testing::TestWithParam<Boot> {};

TEST_P(BootLayout, IsQemus) {
    const Boot& boot = GetParam();
    const RamRange ram{kBase, boot.ram_mib * kMiB};
    const uint64_t kernel = kernel_address(ram, kFirmwareEnd, flat_kernel(kKernelSize), boot.xlen);
    EXPECT_EQ(kernel, boot.kernel);
    const uint64_t initrd = initrd_address(ram, kernel, kernel + kKernelSize, "i", kInitrdSize);
    EXPECT_EQ(initrd, boot.initrd);
    const UsedRange used[] = {
        {kBase, kFirmwareEnd}, {kernel, kernel + kKernelSize}, {initrd, initrd + kInitrdSize}};
    EXPECT_EQ(fdt_address(ram, used, "d", kFdtSize), boot.fdt);
}

INSTANTIATE_TEST_SUITE_P(Sizes, BootLayout, testing::ValuesIn(kBoots));

TEST(BootLayoutKernel, TakesTheLargerOfFirmwareAndTextOffset) {
    const RamRange ram{kBase, 64 * kMiB};
    Image kernel = flat_kernel(1);
    EXPECT_EQ(kernel_address(ram, kBase + 2 * kMiB, kernel, 64), kBase + 2 * kMiB);
    EXPECT_EQ(kernel_address(ram, kBase + 2 * kMiB + 1, kernel, 64), kBase + 4 * kMiB);
    kernel.text_offset = 6 * kMiB;
    EXPECT_EQ(kernel_address(ram, kFirmwareEnd, kernel, 64), kBase + 6 * kMiB);
}

TEST(BootLayoutKernel, DoesNotFit) {
    const RamRange ram{kBase, 4 * kMiB};
    const auto reason = [&](const Image& kernel) {
        return error_of<InputError>([&] { kernel_address(ram, kFirmwareEnd, kernel, 64); });
    };
    EXPECT_EQ(kernel_address(ram, kFirmwareEnd, flat_kernel(2 * kMiB), 64), kBase + 2 * kMiB);
    EXPECT_EQ(reason(flat_kernel(2 * kMiB + 1)),
              "vmlinux: the kernel (0x200001 bytes at 0x80200000) does not fit into RAM "
              "(0x80000000-0x803fffff)");
    Image lying = flat_kernel(1);
    lying.text_offset = ~uint64_t{0};
    EXPECT_EQ(reason(lying),
              "vmlinux: the kernel (0x1 bytes at 0x80400000) does not fit into RAM "
              "(0x80000000-0x803fffff)");
}

TEST(BootLayoutInitrd, MovesDownThenBehindTheKernelThenFails) {
    const RamRange ram{kBase, 64 * kMiB};
    const uint64_t kernel = kBase + 2 * kMiB;
    const uint64_t top = kBase + 62 * kMiB;  // the device tree's room
    const auto place = [&](uint64_t kernel_size, uint64_t size) {
        return initrd_address(ram, kernel, kernel + kernel_size, "initrd", size);
    };
    EXPECT_EQ(place(kMiB, 30 * kMiB), top - 30 * kMiB);
    EXPECT_EQ(place(kMiB, 59 * kMiB), kernel + kMiB);
    EXPECT_EQ(place(40 * kMiB + 1, kMiB), kernel + 40 * kMiB + 4096);
    EXPECT_EQ(error_of<InputError>([&] { place(kMiB, 59 * kMiB + 1); }),
              "initrd: the initrd (0x3b00001 bytes) is too large: 0x3b00000 bytes are left in RAM "
              "(0x80000000-0x83ffffff)");
    EXPECT_EQ(error_of<InputError>([&] { place(61 * kMiB, 1); }),
              "initrd: the initrd (0x1 bytes) is too large: 0x0 bytes are left in RAM "
              "(0x80000000-0x83ffffff)");
    error_of<InputError>([&] { place(kMiB, ~uint64_t{0}); });
}

TEST(BootLayoutFdt, AvoidsWhatIsUsed) {
    const RamRange ram{kBase, 64 * kMiB};
    const UsedRange used[] = {{kBase, kBase + 1}, {kBase + 61 * kMiB, kBase + 64 * kMiB}};
    EXPECT_EQ(fdt_address(ram, used, "dtb", 0x1000), kBase + 60 * kMiB);
    EXPECT_EQ(fdt_address(ram, used, "dtb", 2 * kMiB), kBase + 58 * kMiB);
}

TEST(BootLayoutFdt, SmallRamAlignsToPages) {
    const UsedRange used[] = {{kBase, kBase + 0x8000}};
    EXPECT_EQ(fdt_address({kBase, 0x1'0000}, used, "dtb", 0x1001), kBase + 0xe000);
    EXPECT_EQ(fdt_address({kBase, 0xa000}, used, "dtb", 0x2000), kBase + 0x8000);
    const auto reason = [&](uint64_t ram, uint64_t size) {
        return error_of<InputError>([&] { fdt_address({kBase, ram}, used, "dtb", size); });
    };
    EXPECT_EQ(reason(0xa000, 0x2001),
              "dtb: the device tree (0x2001 bytes) does not fit into RAM (0x80000000-0x80009fff)");
    reason(0x1000, 0x2000);
    reason(0x1'0000, ~uint64_t{0});
}

TEST(BootLayoutFdt, RamAboveThreeGiB) {
    const RamRange ram{uint64_t{4} << 30, 16 * kMiB};
    EXPECT_EQ(fdt_address(ram, {}, "dtb", 0x1000), ram.end() - 2 * kMiB);
}

std::vector<uint32_t> words(const std::vector<std::byte>& bytes) {
    std::vector<uint32_t> result(bytes.size() / 4);
    std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
}

TEST(ResetVector, Rv64) {
    const auto bytes = make_reset_vector(
        {.xlen = 64, .entry = kBase, .fdt_address = 0x83e0'0000, .next_address = 0x8020'0000});
    const std::vector<uint32_t> expected = {
        0x0000'0297, 0x0282'8613, 0xf140'2573, 0x0202'b583, 0x0182'b283, 0x0002'8067,  // code
        0x8000'0000, 0,           0x83e0'0000, 0,                                      // addresses
        0x4942'534f, 0,           2,           0,           0x8020'0000, 0,            // fw_dynamic
        1,           0,           0,           0,           0,           0};
    EXPECT_EQ(words(bytes), expected);
}

TEST(ResetVector, Rv32) {
    const auto bytes = make_reset_vector(
        {.xlen = 32, .entry = kBase, .fdt_address = 0x83e0'0000, .next_address = 0x8040'0000});
    const std::vector<uint32_t> expected = {0x0000'0297, 0x0282'8613, 0xf140'2573, 0x0202'a583,
                                            0x0182'a283, 0x0002'8067, 0x8000'0000, 0,
                                            0x83e0'0000, 0,           0x4942'534f, 2,
                                            0x8040'0000, 1,           0,           0};
    EXPECT_EQ(words(bytes), expected);
}

}  // namespace
}  // namespace kiln
