// Which ELF files load, and what each of the others is told.
#include <functional>
#include <gtest/gtest.h>
#include <ostream>
#include <string_view>

#include "image/image.h"
#include "unit/elf_builder.h"
#include "unit/error_of.h"

namespace kiln {
namespace {

using test::Elf32;
using test::Elf64;
using test::ElfBuilder;
using test::error_of;
using Builder = ElfBuilder<Elf64>;

constexpr uint64_t kBase = 0x8000'0000;

Image parse(std::vector<std::byte> bytes, unsigned xlen = 0) {
    return parse_image("x.elf", std::move(bytes), {.xlen = xlen});
}

std::string reason(std::vector<std::byte> bytes, unsigned xlen = 0) {
    return error_of<InputError>([&] { parse(bytes, xlen); });
}

std::string_view text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Builder sample() {
    Builder builder;
    builder.add_segment(kBase, "codecode", 8);
    builder.add_symbol("_start", kBase, STT_FUNC);
    return builder;
}

TEST(ImageElf, SegmentsAreSortedAndPointIntoTheFile) {
    Builder builder;
    builder.add_segment(kBase + 0x1000, "data", 0x100).p_flags = PF_R | PF_W;
    builder.add_segment(kBase, "code");
    builder.header.e_entry = kBase + 2;
    Image image = parse(builder.bytes());
    image = Image(std::move(image));  // the pieces stay valid when it moves
    ASSERT_EQ(image.segments.size(), 2U);
    EXPECT_EQ(image.kind, Image::Kind::elf);
    EXPECT_EQ(image.xlen, 64U);
    EXPECT_EQ(image.entry, kBase + 2);
    EXPECT_EQ(text(image.segments[0].bytes), "code");
    EXPECT_TRUE(image.segments[0].executable);
    EXPECT_EQ(text(image.segments[1].bytes), "data");
    EXPECT_EQ(image.segments[1].mem_size, 0x104U);
    EXPECT_FALSE(image.segments[1].executable);
    EXPECT_EQ(image.begin(), kBase);
    EXPECT_EQ(image.end(), kBase + 0x1104);
}

TEST(ImageElf, ThirtyTwoBit) {
    ElfBuilder<Elf32> builder;
    builder.add_segment(0xffff'fff0U, "codecodecodecode");  // ends where the address space does
    builder.add_symbol("tohost", 0xffff'fff8U);
    const Image image = parse(builder.bytes(), 32);
    EXPECT_EQ(image.xlen, 32U);
    EXPECT_EQ(image.end(), uint64_t{1} << 32);
    EXPECT_EQ(image.tohost, 0xffff'fff8U);
}

TEST(ImageElf, AddressesAreTranslatedToPhysicalOnes) {
    Builder builder;
    builder.add_segment(kBase, "codecode").p_vaddr = 0xffff'ffff'8000'0000;
    builder.header.e_entry = 0xffff'ffff'8000'0004;
    builder.add_symbol("begin_signature", 0xffff'ffff'8000'0002);
    builder.add_symbol("end_signature", 0xffff'ffff'8000'0008);  // just behind the segment
    const Image image = parse(builder.bytes());
    EXPECT_EQ(image.entry, kBase + 4);
    EXPECT_EQ(image.virtual_entry, 0xffff'ffff'8000'0004);
    EXPECT_EQ(image.begin_signature, kBase + 2);
    EXPECT_EQ(image.end_signature, kBase + 8);
    EXPECT_FALSE(image.tohost);
    EXPECT_EQ(text(bytes_at(image, 0xffff'ffff'8000'0004)), "code");
    EXPECT_TRUE(bytes_at(image, kBase).empty());
}

// The linker script of riscv-tests leaves end_signature behind an empty section.
TEST(ImageElf, SymbolsOutsideSegmentsKeepTheirValue) {
    Builder builder;
    builder.add_segment(kBase, "code").p_vaddr = 0;
    builder.add_symbol("end_signature", 0x1000);
    EXPECT_EQ(parse(builder.bytes()).end_signature, 0x1000U);
}

TEST(ImageElf, LabelsAreCodeOnly) {
    Builder builder;
    builder.add_segment(kBase, "codecode");
    builder.add_segment(kBase + 0x100, "data").p_flags = PF_R;
    builder.add_symbol("second", kBase + 4);
    builder.add_symbol("first", kBase, STT_FUNC);
    builder.add_symbol("$x", kBase);
    builder.add_symbol(".L1", kBase);
    builder.add_symbol("object", kBase, STT_OBJECT);
    builder.add_symbol("in_data", kBase + 0x100);
    builder.add_symbol("absolute", kBase).st_shndx = SHN_ABS;
    builder.add_symbol("undefined", kBase).st_shndx = SHN_UNDEF;
    const Image image = parse(builder.bytes());
    ASSERT_EQ(image.functions.size(), 2U);
    EXPECT_STREQ(image.functions[0].name, "first");
    EXPECT_STREQ(image.functions[1].name, "second");
}

TEST(ImageElf, EveryTruncationIsRefused) {
    const std::vector<std::byte> whole = sample().bytes();
    parse(whole);
    for (size_t size = SELFMAG; size < whole.size(); ++size) {
        const std::string message = reason({whole.begin(), whole.begin() + ptrdiff_t(size)});
        EXPECT_TRUE(message.starts_with("x.elf: truncated: ")) << size << ": " << message;
    }
}

// One lie, and what is said of it.
struct Lie {
    const char* name;
    std::function<void(Builder&)> tell;
    const char* message;
};

void PrintTo(const Lie& lie, std::ostream* out) { *out << lie.name; }

const Lie kLies[] = {
    {"Class", [](Builder& b) { b.header.e_ident[EI_CLASS] = 3; }, "has an unknown ELF class (3)"},
    {"BigEndian", [](Builder& b) { b.header.e_ident[EI_DATA] = ELFDATA2MSB; },
     "is a big-endian ELF; only little-endian runs"},
    {"ByteOrder", [](Builder& b) { b.header.e_ident[EI_DATA] = 9; },
     "has an unknown ELF byte order (9)"},
    {"Version", [](Builder& b) { b.header.e_ident[EI_VERSION] = 7; },
     "has an unknown ELF version (7)"},
    {"Machine", [](Builder& b) { b.header.e_machine = EM_X86_64; },
     "is an ELF for machine 62, not for RISC-V (243)"},
    {"SharedObject", [](Builder& b) { b.header.e_type = ET_DYN; },
     "is position-independent or a shared object; link it -static -no-pie"},
    {"ObjectFile", [](Builder& b) { b.header.e_type = ET_REL; },
     "is an object file that is not linked yet"},
    {"Core", [](Builder& b) { b.header.e_type = ET_CORE; }, "is no executable (ELF type 4)"},
    {"Interpreter", [](Builder& b) { b.segments[0].p_type = PT_INTERP; },
     "needs a dynamic linker; link it -static"},
    {"NothingToLoad", [](Builder& b) { b.segments[0].p_type = PT_NOTE; }, "has nothing to load"},
    {"ProgramHeadersBeyondTheFile", [](Builder& b) { b.header.e_phnum = 1000; },
     "truncated: the program headers lie beyond the end of the file"},
    {"ProgramHeaderOffsetWraps", [](Builder& b) { b.header.e_phoff = ~uint64_t{0} - 8; },
     "truncated: the program headers lie beyond the end of the file"},
    {"ProgramHeaderSize", [](Builder& b) { b.header.e_phentsize = 32; },
     "has program headers of 32 bytes instead of 56"},
    {"ProgramHeaderCount", [](Builder& b) { b.header.e_phnum = PN_XNUM; },
     "has too many program headers"},
    {"FileSizeAboveMemorySize", [](Builder& b) { b.segments[0].p_memsz = 4; },
     "program header 0: 0x8 bytes in the file, but only 0x4 in memory"},
    {"SegmentBeyondTheFile",
     [](Builder& b) { b.segments[0].p_filesz = b.segments[0].p_memsz = 0x10000; },
     "truncated: program header 0 points beyond the end of the file"},
    {"SegmentOffsetWraps", [](Builder& b) { b.segments[0].p_offset = ~uint64_t{0} - 3; },
     "truncated: program header 0 points beyond the end of the file"},
    {"SegmentWraps", [](Builder& b) { b.segments[0].p_memsz = ~uint64_t{0}; },
     "program header 0: 0xffffffffffffffff bytes at 0x80000000 wrap around the end of the address "
     "space"},
    {"VirtualAddressWraps", [](Builder& b) { b.segments[0].p_vaddr = ~uint64_t{0} - 3; },
     "program header 0: 0x10 bytes at 0x80000000 wrap around the end of the address space"},
    {"EntryOutside", [](Builder& b) { b.header.e_entry = 0x1234; },
     "the entry 0x1234 lies in no segment"},
    {"EntryOdd", [](Builder& b) { b.header.e_entry = kBase + 1; }, "the entry 0x80000001 is odd"},
    {"SectionHeadersBeyondTheFile", [](Builder& b) { b.header.e_shnum = 1000; },
     "truncated: the section headers lie beyond the end of the file"},
    {"SectionHeaderOffset", [](Builder& b) { b.header.e_shoff = ~uint64_t{0}; },
     "truncated: the section headers lie beyond the end of the file"},
    {"SectionHeaderSize", [](Builder& b) { b.header.e_shentsize = 8; },
     "has section headers of 8 bytes instead of 64"},
    {"SymbolTableBeyondTheFile", [](Builder& b) { b.symbol_table.sh_size = 24 * 1000; },
     "truncated: the symbol table (section 1) lies beyond the end of the file"},
    {"SymbolTableEntrySize", [](Builder& b) { b.symbol_table.sh_entsize = 1; },
     "the symbol table (section 1) has entries of 1 bytes instead of 24"},
    {"SymbolTableSize", [](Builder& b) { b.symbol_table.sh_size -= 1; },
     "the symbol table (section 1) ends inside an entry"},
    {"TwoSymbolTables", [](Builder& b) { b.string_table.sh_type = SHT_SYMTAB; },
     "has more than one symbol table"},
    {"NoStringTable", [](Builder& b) { b.symbol_table.sh_link = 77; },
     "the symbols' string table (section 77) does not exist"},
    {"StringTableBeyondTheFile", [](Builder& b) { b.string_table.sh_offset = ~uint64_t{0}; },
     "truncated: the symbols' string table (section 2) lies beyond the end of the file"},
    {"StringTableType", [](Builder& b) { b.string_table.sh_type = SHT_NOBITS; },
     "the symbols' string table (section 2) is malformed"},
    {"StringTableOpenEnd", [](Builder& b) { b.names.back() = 'x'; },
     "the symbols' string table (section 2) is malformed"},
    {"StringTableEmpty", [](Builder& b) { b.string_table.sh_size = 0; },
     "the symbols' string table (section 2) is malformed"},
    {"SymbolNameOutside", [](Builder& b) { b.symbols[1].st_name = 0x1000; },
     "the name of symbol 1 lies outside the string table"},
};

class ImageElfLie : public testing::TestWithParam<Lie> {};

TEST_P(ImageElfLie, IsNamed) {
    Builder builder = sample();
    EXPECT_EQ(reason(builder.bytes(GetParam().tell)), std::string("x.elf: ") + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(All, ImageElfLie, testing::ValuesIn(kLies),
                         [](const auto& lie) { return std::string(lie.param.name); });

TEST(ImageElf, SegmentThatWrapsIn32Bits) {
    ElfBuilder<Elf32> builder;
    builder.add_segment(0xffff'fff0U, "codecode", 0x10);
    EXPECT_EQ(
        reason(builder.bytes()),
        "x.elf: program header 0: 0x18 bytes at 0xfffffff0 wrap around the end of the address "
        "space");
}

TEST(ImageElf, OverlapIsRefusedTouchingIsNot) {
    Builder touching;
    touching.add_segment(kBase + 4, "high");
    touching.add_segment(kBase, "low!");
    parse(touching.bytes());
    Builder overlapping;
    overlapping.add_segment(kBase + 4, "high");
    overlapping.add_segment(kBase, "low!", 1);  // only the zeros reach into the other
    EXPECT_EQ(reason(overlapping.bytes()),
              "x.elf: segments overlap: 0x80000000-0x80000004 and 0x80000004-0x80000007");
}

TEST(ImageElf, OtherWidthIsRefused) {
    EXPECT_EQ(reason(sample().bytes(), 32),
              "x.elf: is a 64-bit ELF, but the guest is rv32 (see --isa)");
    ElfBuilder<Elf32> narrow;
    narrow.add_segment(0x8000'0000U, "code");
    EXPECT_EQ(reason(narrow.bytes(), 64),
              "x.elf: is a 32-bit ELF, but the guest is rv64 (see --isa)");
}

TEST(ImageElf, TooManySegmentsAreRefused) {
    Builder builder;
    for (unsigned i = 0; i < 257; ++i) builder.add_segment(kBase + 16 * i, "code");
    EXPECT_EQ(reason(builder.bytes()), "x.elf: has too many segments (257, at most 256)");
}

}  // namespace
}  // namespace kiln
