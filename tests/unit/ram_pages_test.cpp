// The guest's RAM as a file of the host: what was touched, and pages that are mapped twice.
#include "cpu/ram_pages.h"

#include <cstddef>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "cpu/memory.h"
#include "support/error.h"

namespace kiln {
namespace {

constexpr u64 kPages = 64;
constexpr u64 kBytes = kPages * kPageSize;

TEST(RamPages, BeginsAsZeros) {
    const RamPages pages(kBytes, "RAM");
    for (u64 i = 0; i < kBytes; ++i) ASSERT_EQ(pages.as<std::byte>()[i], std::byte{0});
}

TEST(RamPages, KnowsWhatWasTouched) {
    const RamPages pages(kBytes, "RAM");
    EXPECT_FALSE(pages.touched(0));
    for (const u64 page : {u64{3}, u64{4}, kPages - 1})
        pages.as<std::byte>()[page * kPageSize + 100] = std::byte{1};
    const auto first = pages.touched(0);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->first, 3 * kPageSize);
    EXPECT_EQ(first->end, 5 * kPageSize);
    const auto second = pages.touched(first->end);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->first, kBytes - kPageSize);
    EXPECT_EQ(second->end, kBytes);
    EXPECT_FALSE(pages.touched(kBytes));
}

TEST(RamPages, APageIsMappedTwice) {
    const RamPages pages(kBytes, "RAM");
    void* place = mmap(nullptr, kPageSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(place, MAP_FAILED);
    auto* page = pages.as<std::byte>() + 7 * kPageSize;
    ASSERT_TRUE(pages.map_again(reinterpret_cast<u64>(page), place, true));
    static_cast<std::byte*>(place)[5] = std::byte{42};
    EXPECT_EQ(page[5], std::byte{42});
    munmap(place, kPageSize);
}

TEST(RamPages, RamThatIsTooLargeIsAnError) {
    EXPECT_THROW(RamPages(u64{1} << 60, "all that"), UsageError);
}

TEST(RamPages, AFileMayNotBeSoLong) {
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit small = before;
    small.rlim_cur = kBytes - 1;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_THROW(RamPages(kBytes, "RAM"), UsageError);
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_NO_THROW(RamPages(kBytes, "RAM"));
}

// The granules in front of RAM are not counted.
TEST(Memory, KnowsTheTouchedPagesOfRam) {
    Bus bus;
    Memory memory(0x80000000, kBytes, bus);
    memory.set_granules(0x80000000, kPageSize, kGranuleCode);
    memory.store_ram(0x80000000 + 5 * kPageSize, 8, 1);
    memory.store_ram(0x80000000 + 9 * kPageSize - 8, 8, 1);
    EXPECT_EQ(memory.touched_pages(), (std::vector<u32>{5, 8}));
}

}  // namespace
}  // namespace kiln
