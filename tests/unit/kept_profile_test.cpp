// Profiles: what is the same region, what is dropped, what any bytes are taken for, and which
// blocks of a new run are found in one.
#include <algorithm>
#include <gtest/gtest.h>

#include "jit/kept/key.h"
#include "jit/kept/warm_start.h"

namespace kiln::kept {
namespace {

constexpr u64 kBase = 0x8000'0000;
constexpr u64 kMode = 0x83;

// Guest code: bytes that differ from place to place.
std::vector<std::byte> code(u8 seed, size_t bytes = 4096) {
    std::vector<std::byte> code(bytes);
    for (size_t i = 0; i < bytes; ++i) code[i] = static_cast<std::byte>(i * 7 + i / 64 + seed);
    return code;
}

ProfileBlock block(std::span<const std::byte> page, size_t at, i64 offset, u32 bytes = 16) {
    return {offset, bytes, hash_code(page.subspan(at, bytes)), 100, 60000, true};
}

// A region of two blocks, of which the second is on the next page.
ProfileRegion region(u64 physical, u64 heat = 10, u8 seed = 0) {
    const auto page = code(seed);
    return {physical,
            kMode,
            heat,
            {block(page, physical & 0xfff, 0),
             block(page, 0, static_cast<i64>(0x1000 - (physical & 0xfff)))}};
}

TEST(KeptProfile, IsSavedAndLoaded) {
    Profile profile;
    profile.add(region(kBase + 0x10, 1));
    profile.add(region(kBase + 0x20, 3));
    profile.add(region(kBase + 0x30, 2));
    const Profile loaded = Profile::load(profile.save());
    ASSERT_EQ(loaded.regions().size(), 3u);
    EXPECT_EQ(loaded.regions()[0], region(kBase + 0x20, 3));
    EXPECT_EQ(loaded.regions()[1], region(kBase + 0x30, 2));
    EXPECT_EQ(loaded.regions()[2], region(kBase + 0x10, 1));
    EXPECT_EQ(Profile::load(Profile().save()).regions().size(), 0u);
}

TEST(KeptProfile, TheSamePlaceIsReplaced) {
    Profile profile;
    profile.add(region(kBase, 5));
    ProfileRegion grown = region(kBase, 7);
    grown.blocks.push_back(block(code(0), 64, 64));
    profile.add(grown);
    grown.heat = 12;
    ASSERT_EQ(profile.regions().size(), 1u);
    EXPECT_EQ(profile.regions()[0], grown);
    // It is found as it is now.
    profile.add(grown);
    EXPECT_EQ(profile.regions().size(), 1u);
    EXPECT_EQ(profile.regions()[0].heat, 24u);
}

TEST(KeptProfile, TheSameCodeElsewhereIsReplaced) {
    Profile profile;
    profile.add(region(kBase + 0x10, 5));
    profile.add(region(kBase + 0x7010, 7));
    ASSERT_EQ(profile.regions().size(), 1u);
    EXPECT_EQ(profile.regions()[0], region(kBase + 0x7010, 12));
}

TEST(KeptProfile, OthersAreNot) {
    Profile profile;
    profile.add(region(kBase));
    profile.add(region(kBase + 2));
    profile.add(region(kBase, 10, 1));
    ProfileRegion mode = region(kBase);
    ++mode.mode;
    profile.add(mode);
    EXPECT_EQ(profile.regions().size(), 4u);
}

TEST(KeptProfile, HeatNeverOverflows) {
    Profile profile;
    profile.add(region(kBase, ~u64{0}));
    profile.add(region(kBase, 5));
    EXPECT_EQ(profile.regions()[0].heat, ~u64{0});
    profile.age();
    EXPECT_EQ(profile.regions()[0].heat, ~u64{0} / 2);
}

TEST(KeptProfile, WhatBreaksTheRulesIsLeftOut) {
    Profile profile;
    const auto with = [&](auto change) {
        ProfileRegion bad = region(kBase + 0xff0);
        change(bad);
        profile.add(bad);
        return profile.regions().size();
    };
    EXPECT_EQ(with([](auto& r) { r.blocks.clear(); }), 0u);
    EXPECT_EQ(with([](auto& r) { r.blocks[0].offset = 2; }), 0u);
    EXPECT_EQ(with([](auto& r) { r.blocks[0].bytes = 0; }), 0u);
    EXPECT_EQ(with([](auto& r) { r.blocks[0].bytes = 17; }), 0u);
    EXPECT_EQ(with([](auto& r) { r.blocks[1].bytes = 4097; }), 0u);
    EXPECT_EQ(with([](auto& r) { r.blocks[1].offset = i64{1} << 41; }), 0u);
    EXPECT_EQ(with([](auto& r) { r.blocks.resize(Profile::kMostRegionBlocks + 1, r.blocks[1]); }),
              0u);
    EXPECT_EQ(with([](auto&) {}), 1u);
}

TEST(KeptProfile, TheColdestGo) {
    Profile many;
    for (u64 i = 0; i < Profile::kMostRegions + 10; ++i) {
        ProfileRegion one = region(kBase, i);
        one.mode = i;
        many.add(one);
    }
    many.trim();
    ASSERT_EQ(many.regions().size(), Profile::kMostRegions);
    EXPECT_EQ(many.regions().front().heat, Profile::kMostRegions + 9);
    EXPECT_EQ(many.regions().back().heat, 10u);
    EXPECT_EQ(Profile::load(many.save()).regions().size(), Profile::kMostRegions);
}

TEST(KeptProfile, BlocksAreBoundedToo) {
    constexpr u64 kFit = Profile::kMostBlocks / 1000;
    Profile profile;
    for (u64 i = 0; i < kFit + 5; ++i) {
        ProfileRegion large = region(kBase, i);
        large.mode = i;
        large.blocks.resize(1000, large.blocks[1]);
        profile.add(large);
    }
    const Profile loaded = Profile::load(profile.save());
    EXPECT_EQ(loaded.regions().size(), kFit);
    EXPECT_EQ(loaded.regions().back().heat, 5u);
}

TEST(KeptProfile, ALongRunIsBounded) {
    Profile regions;
    Profile blocks;
    size_t most = 0;
    for (u64 i = 0; i < 3 * Profile::kMostRegions; ++i) {
        ProfileRegion one = region(kBase, i);
        one.mode = i;
        regions.add(one);
        one.blocks.resize(1000, one.blocks[1]);
        if (i < 300) blocks.add(one);
        most = std::max(most, blocks.regions().size());
        ASSERT_LE(regions.regions().size(), 2 * Profile::kMostRegions);
    }
    EXPECT_EQ(regions.regions()[0].heat, 2 * Profile::kMostRegions);
    EXPECT_EQ(most, 2 * Profile::kMostBlocks / 1000);
    // What replaces a region counts, too.
    Profile replaced;
    for (u64 i = 0; i < 300; ++i) {
        ProfileRegion one = region(kBase, i);
        one.mode = i;
        replaced.add(one);
        one.blocks.resize(1000, one.blocks[1]);
        replaced.add(one);
    }
    EXPECT_LT(replaced.regions().size(), 300u);
}

// Whether bytes are refused; they are never taken for more than they are.
bool refused(std::span<const std::byte> bytes) {
    try {
        Profile::load(bytes);
        return false;
    } catch (const StateError&) {
        return true;
    }
}

TEST(KeptProfile, IsCutAnywhere) {
    Profile profile;
    profile.add(region(kBase));
    profile.add(region(kBase + 2));
    std::vector<std::byte> bytes = profile.save();
    for (size_t size = 0; size < bytes.size(); ++size)
        EXPECT_TRUE(refused(std::span(bytes).first(size))) << size;
    bytes.push_back({});
    EXPECT_TRUE(refused(bytes));
}

TEST(KeptProfile, NumbersOfThingsAreNotBelieved) {
    const std::vector<std::byte> all(64, std::byte{0xff});
    EXPECT_TRUE(refused(all));
    Profile profile;
    profile.add(region(kBase));
    std::vector<std::byte> bytes = profile.save();
    // Behind the number of regions and three fields of the first: as many blocks as there may be.
    constexpr size_t kBlocks = 4 + 3 * 8;
    bytes[kBlocks] = std::byte{0};
    bytes[kBlocks + 1] = std::byte{4};
    EXPECT_TRUE(refused(bytes));
}

TEST(KeptWarmStart, FindsTheSeedWhereItWas) {
    Profile profile;
    profile.add(region(kBase + 0x10));
    const WarmStart warm(profile);
    const auto page = code(0);
    const auto here = std::span(page).subspan(0x10);
    ASSERT_EQ(warm.find(kBase + 0x10, kMode, here).size(), 1u);
    EXPECT_EQ(*warm.find(kBase + 0x10, kMode, here)[0], region(kBase + 0x10));
    EXPECT_TRUE(warm.find(kBase + 0x12, kMode, here).empty());
    EXPECT_TRUE(warm.find(kBase + 0x10, kMode + 1, here).empty());
    const auto changed = code(1);
    EXPECT_TRUE(warm.find(kBase + 0x10, kMode, std::span(changed).subspan(0x10)).empty());
    EXPECT_TRUE(warm.find(kBase + 0x10, kMode, here.first(15)).empty());
    EXPECT_EQ(warm.find(kBase + 0x10, kMode, here.first(16)).size(), 1u);
}

TEST(KeptWarmStart, FindsItOnAnotherPage) {
    Profile profile;
    profile.add(region(kBase + 0x10));
    const WarmStart warm(profile);
    const auto page = code(0);
    EXPECT_EQ(warm.find(kBase + 0x5010, kMode, std::span(page).subspan(0x10)).size(), 1u);
}

TEST(KeptWarmStart, TheSamePlaceThenTheHottest) {
    const auto page = code(0);
    Profile profile;
    for (u64 i = 0; i < 30; ++i) {
        ProfileRegion one = region(kBase + i * 0x1000, i);
        one.blocks[1].bytes = static_cast<u32>(16 + i);
        profile.add(one);
    }
    ASSERT_EQ(profile.regions().size(), 30u);
    const WarmStart warm(profile);
    const auto found = warm.find(kBase + 20 * 0x1000, kMode, page);
    ASSERT_EQ(found.size(), 16u);
    EXPECT_EQ(found[0]->heat, 20u);
    EXPECT_EQ(found[1]->heat, 29u);
    EXPECT_EQ(found[15]->heat, 14u);
}

TEST(KeptWarmStart, ComparesBytes) {
    const auto page = code(0);
    const ProfileBlock expected = block(page, 0x20, 0);
    const auto here = std::span(page).subspan(0x20);
    EXPECT_TRUE(is_code_of(expected, here));
    EXPECT_TRUE(is_code_of(expected, here.first(16)));
    EXPECT_FALSE(is_code_of(expected, here.first(15)));
    EXPECT_FALSE(is_code_of(expected, here.subspan(1)));
}

}  // namespace
}  // namespace kiln::kept
