// The granule map: who is told of a write, and where a write must ask.
#include <gtest/gtest.h>
#include <vector>

#include "cpu/memory.h"

namespace kiln {
namespace {

constexpr u64 kBase = 0x80000000;
constexpr u64 kSize = 16 * kPageSize;
constexpr u64 kMiddle = kBase + 4 * kPageSize;

struct Listener final : WriteListener {
    void guarded_write(u64 address, u64 size, u8 flags) noexcept override {
        writes.push_back({address, size, flags});
    }
    struct Write {
        u64 address, size;
        u8 flags;
        bool operator==(const Write&) const = default;
    };
    std::vector<Write> writes;
};

struct Owner final : TlbOwner {
    void drop_stores() noexcept override { ++drops; }
    void drop_page(u64, bool) noexcept override {}
    void drop_all() noexcept override {}
    int drops = 0;
    void guard_page(u64 host_page) noexcept override { pages.push_back(host_page); }
    std::vector<u64> pages;
};

class MemoryGranules : public testing::Test {
  protected:
    MemoryGranules() : memory(kBase, kSize, bus) {
        memory.add_listener(listener);
        memory.add_tlb_owner(owner);
    }
    u64 host_page(u64 address) const { return reinterpret_cast<u64>(memory.host(address)); }
    u8 flags(u64 address) const { return *memory.granule(address); }

    Bus bus;
    Memory memory;
    Listener listener;
    Owner owner;
};

TEST_F(MemoryGranules, GranuleInFrontIsNear) {
    memory.set_granules(kMiddle + 10, kGranuleSize, kGranuleCode);
    EXPECT_EQ(flags(kMiddle - kGranuleSize - 1), 0);
    EXPECT_EQ(flags(kMiddle - 1), kGranuleNear);
    EXPECT_EQ(flags(kMiddle), kGranuleCode | kGranuleNear);
    EXPECT_EQ(flags(kMiddle + kGranuleSize), kGranuleCode);
    EXPECT_EQ(flags(kMiddle + 2 * kGranuleSize), 0);
    memory.clear_granules(kMiddle, 2 * kGranuleSize, kGranuleCode);
    for (u64 at = kBase; at < kBase + kSize; at += kGranuleSize) EXPECT_EQ(flags(at), 0) << at;
}

TEST_F(MemoryGranules, NearGoesWithTheLastReason) {
    memory.set_granules(kMiddle, 1, kGranuleCode);
    memory.set_granules(kMiddle, 1, kGranuleWatch);
    memory.clear_granules(kMiddle, 1, kGranuleCode);
    EXPECT_EQ(flags(kMiddle - 1), kGranuleNear);
    memory.clear_granules(kMiddle, 1, kGranuleWatch);
    EXPECT_EQ(flags(kMiddle - 1), 0);
}

TEST_F(MemoryGranules, NearStaysForANeighbour) {
    memory.set_granules(kMiddle, 2 * kGranuleSize, kGranuleCode);
    memory.clear_granules(kMiddle, kGranuleSize, kGranuleCode);
    EXPECT_EQ(flags(kMiddle - 1), 0);
    EXPECT_EQ(flags(kMiddle), kGranuleNear) << "the one behind is still code";
    EXPECT_EQ(flags(kMiddle + kGranuleSize), kGranuleCode);
}

TEST_F(MemoryGranules, FirstGranuleOfRamHasNoneInFront) {
    memory.set_granules(kBase, 1, kGranuleCode);
    EXPECT_EQ(flags(kBase), kGranuleCode);
    memory.clear_granules(kBase, 1, kGranuleCode);
    EXPECT_EQ(flags(kBase), 0);
}

TEST_F(MemoryGranules, OnlyWritesThatOverlapAreTold) {
    memory.set_granules(kMiddle, 1, kGranuleCode);
    memory.written(kMiddle - 8, 8);
    EXPECT_FALSE(memory.guarded(kMiddle - 8, 8));
    EXPECT_TRUE(listener.writes.empty());
    memory.written(kMiddle - 7, 8);
    EXPECT_TRUE(memory.guarded(kMiddle - 7, 8));
    EXPECT_TRUE(memory.guarded(memory.address_of(host_page(kMiddle - 7)), 8));
    ASSERT_EQ(listener.writes.size(), 1u);
    EXPECT_EQ(listener.writes[0], (Listener::Write{kMiddle - 7, 8, kGranuleCode}));
}

TEST_F(MemoryGranules, PageIsGuardedByItsOwnGranules) {
    memory.set_granules(kMiddle, 1, kGranuleCode);
    EXPECT_TRUE(memory.page_guarded(kMiddle));
    EXPECT_FALSE(memory.page_guarded(kMiddle - 1));
}

// The page in front has a near granule already when it gets its first guarded one.
TEST_F(MemoryGranules, OwnersHearOfEachPagesFirstGranule) {
    memory.set_granules(kMiddle, 1, kGranuleCode);
    memory.set_granules(kMiddle - kPageSize, 1, kGranuleCode);
    memory.set_granules(kMiddle - kPageSize + kGranuleSize, 1, kGranuleCode);
    EXPECT_EQ(owner.pages, (std::vector<u64>{host_page(kMiddle), host_page(kMiddle - kPageSize)}));
}

TEST_F(MemoryGranules, GranulesAreFoundByHostAddress) {
    for (const u64 address : {kBase, kMiddle + 100, kBase + kSize - 1}) {
        const u64 found = memory.granule_base() + (host_page(address) >> kGranuleBits);
        EXPECT_EQ(found, reinterpret_cast<u64>(memory.granule(address)));
    }
}

TEST_F(MemoryGranules, PagesThatWereWrittenAreNoted) {
    EXPECT_TRUE(memory.take_changed_pages().empty());
    const std::vector<std::byte> bytes(kPageSize + 2);
    memory.dma_write(kBase + kPageSize - 1, bytes);
    EXPECT_EQ(memory.take_changed_pages(), (std::vector<u32>{0, 1, 2}));
    EXPECT_TRUE(memory.take_changed_pages().empty());
    memory.store_ram(kBase + 8, 4, 1);
    memory.store_ram(kBase + 80, 4, 1);
    EXPECT_EQ(memory.take_changed_pages(), std::vector<u32>{0});
    EXPECT_EQ(owner.drops, 4);
}

// A write that starts in the last granule of a page may reach over into the next.
TEST_F(MemoryGranules, GranuleInFrontOfACleanPageIsNear) {
    static_cast<void>(memory.take_changed_pages());
    memory.store_ram(kBase + 8, 4, 1);
    EXPECT_EQ(flags(kBase), 0);
    EXPECT_EQ(flags(kBase + kPageSize - 1), kGranuleNear);
    memory.store_ram(kBase + kPageSize, 4, 1);
    EXPECT_EQ(flags(kBase + kPageSize - 1), 0);
}

}  // namespace
}  // namespace kiln
