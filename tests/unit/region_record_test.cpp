// When code is very hot, and when it is left alone.
#include "jit/region_record.h"

#include <gtest/gtest.h>

namespace kiln {
namespace {

constexpr u64 kEnough = 1000;
constexpr u64 kEpoch = u64{1} << 30;
constexpr u64 kRest = u64{1} << 24;
// Times that a page may be overwritten without a rest.
constexpr int kPatience = 4;

void overwrite_with_patience(RegionRecord& record, u64 page) {
    for (int i = 0; i < kPatience; ++i) {
        record.overwritten(page);
        EXPECT_FALSE(record.rests(page));
    }
}

TEST(RegionRecord, PagesAreHotWhenEnoughRan) {
    HeatClock clock;
    RegionRecord record(kEnough, clock);
    EXPECT_FALSE(record.is_hot(1, 600));
    EXPECT_FALSE(record.is_hot(2, 600));
    EXPECT_TRUE(record.is_hot(1, 400));
    // Not again at once.
    EXPECT_FALSE(record.is_hot(1, 999));
    EXPECT_TRUE(record.is_hot(1, 1));
}

TEST(RegionRecord, OldHeatCountsLess) {
    HeatClock clock;
    RegionRecord record(kEnough, clock);
    EXPECT_FALSE(record.is_hot(1, 900));
    clock.advance(kEpoch);
    EXPECT_FALSE(record.is_hot(1, 549));
    EXPECT_TRUE(record.is_hot(1, 1));
}

TEST(RegionRecord, OverwrittenPagesRestLongerEachTime) {
    HeatClock clock;
    RegionRecord record(kEnough, clock);
    overwrite_with_patience(record, 1);
    for (u64 rest = kRest; rest <= 16 * kRest; rest *= 2) {
        EXPECT_FALSE(record.rests(1));
        record.overwritten(1);
        clock.advance(rest - 1);
        EXPECT_TRUE(record.rests(1));
        EXPECT_FALSE(record.rests(2));
        clock.advance(1);
    }
    // Not for ever.
    for (int i = 0; i < 1000; ++i) record.overwritten(1);
    EXPECT_TRUE(record.rests(1));
    clock.advance(kRest << 20);
    EXPECT_FALSE(record.rests(1));
}

TEST(RegionRecord, RestsEndOnRequest) {
    HeatClock clock;
    RegionRecord record(kEnough, clock);
    overwrite_with_patience(record, 1);
    overwrite_with_patience(record, 2);
    record.overwritten(1);
    record.overwritten(2);
    record.end_rest(1);
    record.end_rest(7);
    EXPECT_FALSE(record.rests(1));
    EXPECT_TRUE(record.rests(2));
}

TEST(RegionRecord, IsForgotten) {
    HeatClock clock;
    RegionRecord record(kEnough, clock);
    overwrite_with_patience(record, 1);
    record.overwritten(1);
    EXPECT_FALSE(record.is_hot(2, 999));
    record.clear();
    EXPECT_FALSE(record.rests(1));
    EXPECT_FALSE(record.is_hot(2, 999));
}

}  // namespace
}  // namespace kiln
