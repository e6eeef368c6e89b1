#include <gtest/gtest.h>

#include "devices/clint.h"
#include "unit/devices_fakes.h"

namespace kiln {
namespace {

constexpr uint64_t kTimecmp = 0x4000;
constexpr uint64_t kMtime = 0xbff8;

class ClintTest : public testing::Test {
  protected:
    std::vector<Clint::Outputs> outputs() {
        std::vector<Clint::Outputs> lines;
        for (auto& hart : harts) lines.push_back({IrqLine(hart, 3), IrqLine(hart, 7)});
        return lines;
    }
    test::FakeClock clock;
    std::array<test::FakeSink, 3> harts;
    Clint clint{clock, outputs()};
};

TEST_F(ClintTest, SoftwareInterruptIsBitZero) {
    for (unsigned hart = 0; hart < 3; ++hart) {
        EXPECT_TRUE(clint.write(4 * hart, 4, 0xffff'ffff));
        EXPECT_EQ(clint.read(4 * hart, 4), 1u);
        for (unsigned other = 0; other < 3; ++other) EXPECT_EQ(harts[other][3], other == hart);
        EXPECT_TRUE(clint.write(4 * hart, 4, 0xffff'fffe));
        EXPECT_FALSE(harts[hart][3]);
        EXPECT_EQ(clint.read(4 * hart, 4), 0u);
    }
}

TEST_F(ClintTest, TimerFiresWhenTimeReachesCompare) {
    EXPECT_EQ(clint.next_deadline(), UINT64_MAX);
    clint.write(kTimecmp + 8, 8, 100);
    clint.write(kTimecmp + 16, 8, 50);
    EXPECT_EQ(clint.next_deadline(), 50u);
    clock.time = 49;
    clint.update();
    EXPECT_FALSE(harts[2][7]);
    clock.time = 50;
    clint.update();
    EXPECT_TRUE(harts[2][7]);
    EXPECT_FALSE(harts[1][7]);
    EXPECT_EQ(clint.next_deadline(), 100u);
    clock.time = 1000;
    clint.update();
    EXPECT_TRUE(harts[1][7]);
    EXPECT_FALSE(harts[0][7]);
    EXPECT_EQ(clint.next_deadline(), UINT64_MAX);
}

TEST_F(ClintTest, CompareWriteTakesTheLineDownAtOnce) {
    clock.time = 10;
    clint.write(kTimecmp, 8, 5);
    EXPECT_TRUE(harts[0][7]);
    clint.write(kTimecmp, 8, 11);
    EXPECT_FALSE(harts[0][7]);
}

TEST_F(ClintTest, HalvesOfCompare) {
    clint.write(kTimecmp, 4, 0x1111'1111);
    clint.write(kTimecmp + 4, 4, 0x2222'2222);
    EXPECT_EQ(clint.read(kTimecmp, 8), 0x2222'2222'1111'1111u);
    EXPECT_EQ(clint.read(kTimecmp, 4), 0x1111'1111u);
    EXPECT_EQ(clint.read(kTimecmp + 4, 4), 0x2222'2222u);
}

TEST_F(ClintTest, TimeIsTheClockAndCanBeSet) {
    clock.time = 0x1'0000'0005;
    EXPECT_EQ(clint.read(kMtime, 8), 0x1'0000'0005u);
    EXPECT_EQ(clint.read(kMtime, 4), 5u);
    EXPECT_EQ(clint.read(kMtime + 4, 4), 1u);
    clint.write(kMtime, 8, 1000);
    clock.time += 7;
    EXPECT_EQ(clint.mtime(), 1007u);
    clint.write(kTimecmp, 8, 1010);
    EXPECT_EQ(clint.next_deadline(), clock.time + 3);
    clint.write(kMtime + 4, 4, 1);  // Beyond the compare value.
    EXPECT_TRUE(harts[0][7]);
    EXPECT_EQ(clint.mtime(), 0x1'0000'0000u + 1007u);
}

TEST_F(ClintTest, DeadlineDoesNotWrap) {
    clock.time = 100;
    clint.write(kMtime, 8, 10);
    clint.write(kTimecmp, 8, UINT64_MAX - 1);
    EXPECT_EQ(clint.next_deadline(), UINT64_MAX);
}

TEST_F(ClintTest, SizesAndEmptyPlaces) {
    for (const unsigned size : {1u, 2u}) {
        for (const uint64_t offset : {uint64_t{0}, kTimecmp, kMtime}) {
            EXPECT_EQ(clint.read(offset, size), std::nullopt);
            EXPECT_FALSE(clint.write(offset, size, 1));
        }
    }
    EXPECT_EQ(clint.read(0, 8), std::nullopt);
    EXPECT_FALSE(clint.write(0, 8, 1));
    for (const uint64_t offset : {uint64_t{12}, kTimecmp + 24, kTimecmp - 4, uint64_t{0xfffc}}) {
        EXPECT_TRUE(clint.write(offset, 4, 1));
        EXPECT_EQ(clint.read(offset, 4), 0u);
    }
}

TEST_F(ClintTest, Storm) {
    test::storm(clint, 0x10000, 50000, 2, [&](auto& random) {
        clock.time += random() % 100;
        clint.update();
        EXPECT_GE(clint.next_deadline(), clock.time);
    });
}

}  // namespace
}  // namespace kiln
