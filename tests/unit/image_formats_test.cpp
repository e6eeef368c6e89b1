// Linux `Image` and flat binaries, placing in RAM, signatures.
#include <cstring>
#include <gtest/gtest.h>
#include <map>

#include "image/image.h"
#include "image/signature.h"
#include "unit/elf_builder.h"
#include "unit/error_of.h"

namespace kiln {
namespace {

using test::Elf64;
using test::ElfBuilder;
using test::error_of;

constexpr uint64_t kBase = 0x8000'0000;

std::vector<std::byte> to_bytes(std::string_view text) {
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return {first, first + text.size()};
}

// A header as Linux's boot-image-header.rst lays it out.
std::vector<std::byte> linux_image(uint64_t text_offset, uint64_t image_size, uint64_t flags = 0) {
    std::vector<std::byte> bytes(0x50);
    std::memcpy(&bytes[0x08], &text_offset, 8);
    std::memcpy(&bytes[0x10], &image_size, 8);
    std::memcpy(&bytes[0x18], &flags, 8);
    std::memcpy(&bytes[0x38], "RSC\x05", 4);
    return bytes;
}

TEST(ImageFormats, LinuxImage) {
    const Image image = parse_image("Image", linux_image(0x20'0000, 0x1000), {kBase, 64});
    EXPECT_EQ(image.kind, Image::Kind::linux_image);
    EXPECT_EQ(image.text_offset, 0x20'0000U);
    EXPECT_EQ(image.entry, kBase);
    EXPECT_EQ(image.segments[0].bytes.size(), 0x50U);
    EXPECT_EQ(image.end(), kBase + 0x1000);
}

TEST(ImageFormats, LinuxImageIsNeverSmallerThanItsFile) {
    EXPECT_EQ(parse_image("Image", linux_image(0, 0), {kBase, 64}).end(), kBase + 0x50);
}

TEST(ImageFormats, LinuxImageLies) {
    const auto reason = [](std::vector<std::byte> bytes) {
        return error_of<InputError>([&] { parse_image("Image", bytes, {kBase, 64}); });
    };
    EXPECT_EQ(reason(linux_image(0, 0x1000, 1)),
              "Image: is a big-endian Linux image; only little-endian runs");
    EXPECT_EQ(reason(linux_image(0, ~uint64_t{0})),
              "Image: its size 0xffffffffffffffff wraps around at address 0x80000000");
}

TEST(ImageFormats, AnythingElseIsFlat) {
    auto cut = linux_image(0, 0);
    cut.resize(0x3f);  // one byte short of a header
    EXPECT_EQ(parse_image("f", cut, {}).kind, Image::Kind::flat);
    const Image flat = parse_image("f",
                                   to_bytes("\x7f"
                                            "EL"),
                                   {.flat_address = 0x1234});
    EXPECT_EQ(flat.kind, Image::Kind::flat);
    EXPECT_EQ(flat.entry, 0x1234U);
    EXPECT_EQ(flat.end(), 0x1237U);
    EXPECT_EQ(error_of<InputError>([] { parse_image("f", {}, {}); }), "f: is empty");
}

// What a RamView was asked to write.
struct FakeRam {
    std::map<uint64_t, std::string> written;
    RamView view(uint64_t base, uint64_t size) {
        return {base, size, [this](uint64_t address, std::span<const std::byte> bytes) {
                    written[address] = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
                }};
    }
};

TEST(ImageFormats, PlacesBytesAndLeavesZeros) {
    ElfBuilder<Elf64> builder;
    builder.add_segment(kBase, "code", 12);
    builder.add_segment(kBase + 0x10, "", 0x10);
    const Image image = parse_image("x", builder.bytes(), {});
    FakeRam ram;
    place(image, ram.view(kBase, 0x20));  // just fits
    EXPECT_EQ(ram.written, (std::map<uint64_t, std::string>{{kBase, "code"}}));
}

TEST(ImageFormats, NothingIsPlacedWhenASegmentIsOutside) {
    ElfBuilder<Elf64> builder;
    builder.add_segment(kBase, "code");
    builder.add_segment(kBase + 0x100, "data", 0x10);
    const Image image = parse_image("x", builder.bytes(), {});
    FakeRam ram;
    const auto reason = [&](uint64_t base, uint64_t size) {
        return error_of<InputError>([&] { place(image, ram.view(base, size)); });
    };
    EXPECT_EQ(reason(kBase, 0x113),
              "x: segment 1 (0x80000100-0x80000113) lies outside RAM (0x80000000-0x80000112)");
    EXPECT_EQ(reason(kBase, 0x80),
              "x: segment 1 (0x80000100-0x80000113) lies outside RAM (0x80000000-0x8000007f)");
    EXPECT_EQ(reason(kBase + 4, 0x1000),
              "x: segment 0 (0x80000000-0x80000003) lies outside RAM (0x80000004-0x80001003)");
    EXPECT_TRUE(ram.written.empty());
}

TEST(ImageFormats, FlatBinaryOutside) {
    const Image image = parse_image("f.bin", to_bytes("abcd"), {.flat_address = 0x1000});
    EXPECT_EQ(error_of<InputError>([&] { require_inside(image, kBase, 0x1000); }),
              "f.bin: its place 0x1000-0x1003 lies outside RAM (0x80000000-0x80000fff)");
}

// The form is RISCOF's: what Spike writes with +signature-granularity.
TEST(ImageSignature, WordsLowestAddressFirst) {
    std::vector<std::byte> memory;
    for (unsigned i = 0; i < 16; ++i) memory.push_back(std::byte(0xa0 + i));
    EXPECT_EQ(format_signature(memory, 4), "a3a2a1a0\na7a6a5a4\nabaaa9a8\nafaeadac\n");
    EXPECT_EQ(format_signature(memory, 8), "a7a6a5a4a3a2a1a0\nafaeadacabaaa9a8\n");
    EXPECT_EQ(format_signature(memory, 16), "afaeadacabaaa9a8a7a6a5a4a3a2a1a0\n");
}

TEST(ImageSignature, LastWordIsFilledWithZeros) {
    const std::vector<std::byte> memory(5, std::byte{0x11});
    EXPECT_EQ(format_signature(memory, 4), "11111111\n00000011\n");
    EXPECT_EQ(format_signature({}, 4), "");
}

TEST(ImageSignature, Range) {
    const auto image = [](uint64_t begin, uint64_t end) {
        ElfBuilder<Elf64> builder;
        builder.add_segment(kBase, "code");
        builder.add_segment(kBase + 0x10, "data");
        builder.add_symbol("begin_signature", begin);
        builder.add_symbol("end_signature", end);
        return parse_image("x", builder.bytes(), {});
    };
    const SignatureRange range = find_signature(image(kBase + 0x10, kBase + 0x14));
    EXPECT_EQ(range.address, kBase + 0x10);
    EXPECT_EQ(range.size, 4U);
    EXPECT_EQ(find_signature(image(0x10, 0x10)).size, 0U);  // nothing is nowhere
    const auto reason = [&](uint64_t begin, uint64_t end) {
        return error_of<InputError>([&] { find_signature(image(begin, end)); });
    };
    EXPECT_EQ(reason(kBase + 2, kBase),
              "x: end_signature 0x80000000 lies before begin_signature 0x80000002");
    EXPECT_EQ(reason(kBase, kBase + 0x14),
              "x: the signature 0x80000000-0x80000014 lies in no segment");
    const Image flat = parse_image("f", to_bytes("abcd"), {});
    EXPECT_EQ(error_of<InputError>([&] { find_signature(flat); }),
              "f: has no signature: begin_signature and end_signature are not defined");
}

}  // namespace
}  // namespace kiln
