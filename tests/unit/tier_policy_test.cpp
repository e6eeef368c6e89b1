// When code is hot.
#include "jit/tier_policy.h"

#include <gtest/gtest.h>

namespace kiln {
namespace {

constexpr u64 kTierUp = 1000;
constexpr u64 kInterval = 250;
constexpr u64 kEpoch = u64{1} << 26;

// Looks until the block is hot.
int looks(TierPolicy& policy, Heat& block, u64 page) {
    for (int i = 1; i <= 100; ++i)
        if (policy.is_hot(block, page)) return i;
    return 0;
}

TEST(TierPolicy, IntervalIsAPartOfTheThreshold) {
    EXPECT_EQ(TierPolicy(kTierUp).interval(), kInterval);
    EXPECT_EQ(TierPolicy(7).interval(), 1u);
    EXPECT_EQ(TierPolicy(0).interval(), 1u);
}

TEST(TierPolicy, OwnHeat) {
    TierPolicy policy(kTierUp);
    Heat block;
    EXPECT_EQ(looks(policy, block, 1), 4);
    TierPolicy at_once(0);
    EXPECT_EQ(looks(at_once, block, 1), 1);
}

TEST(TierPolicy, OldHeatHalvesWithEachEpoch) {
    TierPolicy policy(kTierUp);
    Heat block;
    for (u64 page = 0; page < 3; ++page) EXPECT_FALSE(policy.is_hot(block, page));
    policy.clock().advance(kEpoch);
    // 750 are 375 now.
    EXPECT_FALSE(policy.is_hot(block, 3));
    EXPECT_FALSE(policy.is_hot(block, 4));
    EXPECT_TRUE(policy.is_hot(block, 5));
    // Long ago: nothing is left.
    policy.clock().advance(100 * kEpoch);
    Heat other = block;
    EXPECT_EQ(looks(policy, other, 6), 4);
}

// One entry an epoch never makes a block hot.
TEST(TierPolicy, RareEntriesDoNotAddUp) {
    TierPolicy policy(kTierUp);
    Heat block;
    for (u64 i = 0; i < 1000; ++i) {
        policy.clock().advance(kEpoch);
        ASSERT_FALSE(policy.is_hot(block, i));
    }
}

TEST(TierPolicy, HotPageLowersTheThresholdOfItsBlocks) {
    TierPolicy policy(kTierUp);
    int cold = 0;
    for (; cold < 100; ++cold) {
        Heat block;
        if (policy.is_hot(block, 7)) break;
    }
    EXPECT_EQ(cold, 15);  // four times a block's heat
    Heat elsewhere;
    EXPECT_FALSE(policy.is_hot(elsewhere, 8));
    policy.clear();
    EXPECT_FALSE(policy.is_hot(elsewhere, 7));
}

TEST(TierPolicy, WarmAndHotOnes) {
    TierPolicy policy(kTierUp);
    Heat warm, hot;
    policy.keep_warm(warm);
    EXPECT_TRUE(policy.is_hot(warm, 1));
    policy.make_hot(hot);
    EXPECT_TRUE(policy.is_hot(hot, 2));
}

TEST(TierPolicy, ThresholdMayChange) {
    TierPolicy policy(kTierUp);
    Heat block;
    EXPECT_FALSE(policy.is_hot(block, 1));
    policy.set_tier_up(200);
    EXPECT_EQ(policy.interval(), 50u);
    EXPECT_TRUE(policy.is_hot(block, 1));
}

TEST(TierPolicy, HeatDoesNotOverflow) {
    Heat heat;
    for (int i = 0; i < 4; ++i) heat.add(~u32{0}, 0);
    EXPECT_EQ(heat.amount, ~u32{0});
    EXPECT_EQ(heat.add(0, 31), 1u);
    EXPECT_EQ(heat.add(5, 63), 5u);
}

}  // namespace
}  // namespace kiln
