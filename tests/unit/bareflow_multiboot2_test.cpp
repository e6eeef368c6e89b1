// What BareFlow on x86_64 reads of a Multiboot2 loader's information (specification 2.0,
// section 3.6), and the memory map that it makes of it.
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

extern "C" {
#include "memory_map.h"
#include "multiboot2.h"
#include "platform.h"

BootInfo boot_info;
char image_start[1];
char image_end[1];
}

namespace kiln {
namespace {

constexpr uint32_t kEnd = 0, kCommandLine = 1, kLoader = 2, kModule = 3, kMemoryMap = 6;
constexpr uint32_t kRam = 1, kReserved = 2;

struct Entry {
    uint64_t start, size;
    uint32_t type;
};

class Information {
  public:
    Information& words(uint32_t type, const std::vector<uint32_t>& values,
                       const std::string& text = {}) {
        const auto size = static_cast<uint32_t>(8 + 4 * values.size() + text.size());
        put(type);
        put(size);
        for (const uint32_t value : values) put(value);
        bytes_.insert(bytes_.end(), text.begin(), text.end());
        bytes_.resize((bytes_.size() + 7) & ~size_t{7});
        return *this;
    }
    Information& text(uint32_t type, const std::string& text) {
        return words(type, {}, text + '\0');
    }
    Information& map(const std::vector<Entry>& entries, uint32_t entry_size = 24) {
        std::vector<uint32_t> values = {entry_size, 0};
        for (const Entry& entry : entries) {
            for (const uint64_t value : {entry.start, entry.size}) {
                values.push_back(static_cast<uint32_t>(value));
                values.push_back(static_cast<uint32_t>(value >> 32));
            }
            values.push_back(entry.type);
            values.resize(values.size() + (entry_size - 20) / 4);
        }
        return words(kMemoryMap, values);
    }
    std::vector<uint8_t> bytes() {
        if (!ended_) words(kEnd, {});
        ended_ = true;
        const auto size = static_cast<uint32_t>(bytes_.size());
        std::memcpy(bytes_.data(), &size, sizeof size);
        return bytes_;
    }

  private:
    void put(uint32_t value) {
        bytes_.resize(bytes_.size() + sizeof value);
        std::memcpy(bytes_.data() + bytes_.size() - sizeof value, &value, sizeof value);
    }
    std::vector<uint8_t> bytes_ = std::vector<uint8_t>(8);
    bool ended_ = false;
};

// Of a copy that ends where its memory does.
bool read(const std::vector<uint8_t>& bytes) {
    boot_info = {};
    const std::unique_ptr<uint64_t[]> copy(new uint64_t[(bytes.size() + 7) / 8]);
    std::memcpy(copy.get(), bytes.data(), bytes.size());
    return multiboot2_read(reinterpret_cast<const uint8_t*>(copy.get()));
}

// In ascending order, which the lists need not be in.
std::string list(const ::MemoryRange* ranges, size_t count) {
    std::map<uintptr_t, uintptr_t> sorted;
    for (size_t i = 0; i < count; ++i) sorted.emplace(ranges[i].start, ranges[i].end);
    std::ostringstream text;
    for (const auto& [start, end] : sorted) {
        text << std::hex << (text.tellp() == 0 ? "" : " ") << start << "-" << end;
    }
    return text.str();
}
std::string ram() { return list(boot_info.memory, boot_info.memory_count); }
std::string reserved() { return list(boot_info.reserved, boot_info.reserved_count); }

// As SeaBIOS tells of a PC with 128 MiB.
const std::vector<Entry> kPc = {
    {0, 0x9fc00, kRam},          {0x9fc00, 0x400, kReserved},     {0xf0000, 0x10000, kReserved},
    {0x100000, 0x7ee0000, kRam}, {0x7fe0000, 0x20000, kReserved}, {0xfffc0000, 0x40000, kReserved},
};

TEST(BareflowMultiboot2, APc) {
    ASSERT_TRUE(read(Information()
                         .text(kCommandLine, "seed=1 prompt=\"Once upon\"")
                         .text(kLoader, "another loader")
                         .words(kModule, {0x200000, 0x300000}, std::string("initrd\0", 7))
                         .map(kPc)
                         .bytes()));
    EXPECT_STREQ(boot_info.command_line, "seed=1 prompt=\"Once upon\"");
    EXPECT_EQ(list(&boot_info.initrd, 1), "200000-300000");
    EXPECT_EQ(ram(), "100000-7fe0000");
    EXPECT_EQ(reserved(), "");
}

TEST(BareflowMultiboot2, OnlyGrubEscapes) {
    const std::string text = R"(a=\"x y\" b=\\ c=\'d\')";
    ASSERT_TRUE(read(Information().text(kCommandLine, text).map(kPc).bytes()));
    EXPECT_EQ(boot_info.command_line, text);
    ASSERT_TRUE(read(
        Information().text(kCommandLine, text).text(kLoader, "GRUB 2.06-13").map(kPc).bytes()));
    EXPECT_STREQ(boot_info.command_line, R"(a="x y" b=\ c='d')");
}

TEST(BareflowMultiboot2, ALongCommandLineIsCut) {
    const std::string text(3000, 'x');
    ASSERT_TRUE(read(Information().text(kCommandLine, text).map(kPc).bytes()));
    EXPECT_EQ(boot_info.command_line, text.substr(0, 1023));
    ASSERT_TRUE(read(Information().words(kCommandLine, {}, "unterminated").map(kPc).bytes()));
    EXPECT_STREQ(boot_info.command_line, "unterminated");
}

TEST(BareflowMultiboot2, RangesAreJoinedAndClipped) {
    ASSERT_TRUE(read(Information()
                         .map({{0x400000, 0x100000, kRam},
                               {0x200000, 0x100000, kRam},
                               {0x2ff000, 0x101000, kRam},
                               {0x80000, 0x100000, kRam},
                               {0x100000000, 0x1000, kRam},
                               {0x450000, 0x1000, kReserved},
                               {0x180000, 0x1000, kReserved},
                               {0xfffffffffffff000, 0x2000, kRam},
                               {0x200000000, UINT64_MAX, kRam},
                               {0x700000, 0, kRam}})
                         .bytes()));
    EXPECT_EQ(ram(), "100000-180000 200000-500000 100000000-100001000 200000000-fffffffffffff000");
    EXPECT_EQ(reserved(), "450000-451000");
}

TEST(BareflowMultiboot2, MoreRangesThanThereIsRoomFor) {
    std::vector<Entry> entries;
    for (uint64_t i = 1; i < 100; ++i) {
        entries.push_back({i << 24, 0x10000, kRam});
        entries.push_back({i << 24, 0x1000, kReserved});
        entries.push_back({(i << 24) + 0x2000, 0x1000, kReserved});
    }
    ASSERT_TRUE(read(Information().map(entries).bytes()));
    EXPECT_EQ(boot_info.memory_count, size_t{kMaxMemoryRanges});
    EXPECT_EQ(boot_info.reserved_count, size_t{kMaxMemoryRanges});
}

TEST(BareflowMultiboot2, EntriesOfALaterVersionAreLonger) {
    ASSERT_TRUE(read(Information().map(kPc, 40).bytes()));
    EXPECT_EQ(ram(), "100000-7fe0000");
}

TEST(BareflowMultiboot2, DamagedTags) {
    EXPECT_FALSE(read(Information().bytes()));
    EXPECT_FALSE(read(Information().words(kMemoryMap, {}).bytes()));
    EXPECT_FALSE(read(Information().words(kMemoryMap, {0, 0, 1, 1, 1, 1, 1, 1}).bytes()));
    EXPECT_FALSE(read(Information().words(kMemoryMap, {8, 0, 1, 1, 1, 1, 1, 1}).bytes()));
    // A module that ends before it starts, one without an end; the first sound one counts.
    ASSERT_TRUE(read(Information()
                         .words(kModule, {0x300000, 0x200000})
                         .words(kModule, {0x300000})
                         .words(kModule, {0x400000, 0x500000})
                         .words(kModule, {0x600000, 0x700000})
                         .map(kPc)
                         .bytes()));
    EXPECT_EQ(list(&boot_info.initrd, 1), "400000-500000");
    // A tag that is shorter than its head, and one that is longer than all.
    for (const uint32_t size : {0u, 7u, 0x10000u, 0xffffffffu}) {
        std::vector<uint8_t> bytes = Information().text(kLoader, "x").map(kPc).bytes();
        std::memcpy(&bytes[12], &size, sizeof size);
        EXPECT_FALSE(read(bytes)) << size;
    }
}

TEST(BareflowMultiboot2, DamageAnywhereEnds) {
    const std::vector<uint8_t> sound = Information()
                                           .text(kCommandLine, "seed=1 \\\"x\\\"")
                                           .text(kLoader, "GRUB 2.06")
                                           .words(kModule, {0x200000, 0x300000})
                                           .map(kPc)
                                           .bytes();
    std::mt19937 random(1);
    for (int round = 0; round < 20000; ++round) {
        std::vector<uint8_t> bytes = sound;
        for (int i = 0; i < 4; ++i) bytes[4 + random() % (bytes.size() - 4)] = uint8_t(random());
        read(bytes);
        EXPECT_LE(boot_info.memory_count, size_t{kMaxMemoryRanges});
        EXPECT_LE(boot_info.reserved_count, size_t{kMaxMemoryRanges});
    }
}

TEST(BareflowMultiboot2, PagesAreTakenFromWhatIsFree) {
    boot_info = {};
    memory_map_add_ram(0x100000, 0x700000);
    memory_map_add_ram(0x100000000, 0x10000000);  // out of reach of the tables at start
    boot_info.initrd = {0x7fe800, 0x7ff800};
    memory_map_add_reserved(0x7fa000, 0x1000);
    EXPECT_EQ(memory_map_take_pages(4), 0x7f6000u);  // below both: only 3 pages are between them
    EXPECT_EQ(memory_map_take_pages(3), 0x7fb000u);
    EXPECT_EQ(reserved(), "7f6000-7fa000 7fa000-7fb000 7fb000-7fe000");
    EXPECT_EQ(memory_map_take_pages(0x700), 0u);
}

}  // namespace
}  // namespace kiln
