#include <gtest/gtest.h>

#include "devices/goldfish_rtc.h"
#include "unit/devices_fakes.h"

namespace kiln {
namespace {

enum : uint64_t {
    kTimeLow = 0x00,
    kTimeHigh = 0x04,
    kAlarmLow = 0x08,
    kAlarmHigh = 0x0c,
    kIrqEnabled = 0x10,
    kClearAlarm = 0x14,
    kAlarmStatus = 0x18,
    kClearInterrupt = 0x1c,
};

class Rtc : public testing::Test {
  protected:
    void write(uint64_t offset, uint64_t value) { EXPECT_TRUE(rtc.write(offset, 4, value)); }
    uint64_t read(uint64_t offset) { return rtc.read(offset, 4).value(); }
    bool irq() { return sink[11]; }
    void set_alarm(uint64_t at) {
        write(kAlarmHigh, at >> 32);
        write(kAlarmLow, at & 0xffff'ffff);
    }

    uint64_t wall = 0x1234'5678'ffff'fff0;
    test::FakeSink sink;
    GoldfishRtc rtc{[this] { return wall; }, IrqLine(sink, 11)};
};

TEST_F(Rtc, HighHalfIsThatOfTheLastLowRead) {
    EXPECT_EQ(read(kTimeLow), 0xffff'fff0u);
    wall += 0x100;  // Carries into the upper half between the two reads.
    EXPECT_EQ(read(kTimeHigh), 0x1234'5678u);
    EXPECT_EQ(read(kTimeLow), 0xf0u);
    EXPECT_EQ(read(kTimeHigh), 0x1234'5679u);
}

TEST_F(Rtc, TimeCanBeSetAndRunsOn) {
    write(kTimeHigh, 7);
    write(kTimeLow, 9);
    wall += 100;
    EXPECT_EQ(read(kTimeLow), 109u);
    EXPECT_EQ(read(kTimeHigh), 7u);
}

TEST_F(Rtc, AlarmFiresOnceAndIsCleared) {
    wall = 1000;
    write(kIrqEnabled, 1);
    EXPECT_EQ(rtc.ns_to_alarm(), UINT64_MAX);
    set_alarm(1500);
    EXPECT_EQ(read(kAlarmStatus), 1u);
    EXPECT_EQ(rtc.ns_to_alarm(), 500u);
    wall = 1499;
    rtc.poll();
    EXPECT_FALSE(irq());
    wall = 1500;
    rtc.poll();
    EXPECT_TRUE(irq());
    EXPECT_EQ(read(kAlarmStatus), 0u);
    EXPECT_EQ(rtc.ns_to_alarm(), UINT64_MAX);
    write(kClearInterrupt, 1);
    EXPECT_FALSE(irq());
    rtc.poll();
    EXPECT_FALSE(irq());
}

TEST_F(Rtc, AlarmInThePastFiresAtOnceEvenIfUnderWayToAnother) {
    wall = 0x2'0000'0000;
    write(kIrqEnabled, 1);
    set_alarm(0x3'0000'0000);
    write(kAlarmHigh, 1);  // Not armed until the lower half is written.
    EXPECT_FALSE(irq());
    write(kAlarmLow, 0);
    EXPECT_TRUE(irq());
}

TEST_F(Rtc, EnableGatesTheLineNotThePendingState) {
    wall = 10;
    set_alarm(5);
    EXPECT_FALSE(irq());
    write(kIrqEnabled, 1);
    EXPECT_TRUE(irq());
    write(kIrqEnabled, 0xfffffffe);
    EXPECT_FALSE(irq());
    EXPECT_EQ(read(kIrqEnabled), 0u);
}

TEST_F(Rtc, ClearAlarmDisarms) {
    wall = 10;
    write(kIrqEnabled, 1);
    set_alarm(20);
    EXPECT_EQ(read(kAlarmLow), 20u);
    EXPECT_EQ(read(kAlarmHigh), 0u);
    write(kClearAlarm, 1);
    EXPECT_EQ(read(kAlarmStatus), 0u);
    wall = 30;
    rtc.poll();
    EXPECT_FALSE(irq());
}

TEST_F(Rtc, OtherSizesAndOffsets) {
    for (const unsigned size : {1u, 2u, 8u}) {
        EXPECT_EQ(rtc.read(0, size), std::nullopt);
        EXPECT_FALSE(rtc.write(0, size, 0));
    }
    EXPECT_EQ(read(0x20), 0u);
    EXPECT_EQ(read(0xffc), 0u);
    write(0xffc, 1);
}

TEST_F(Rtc, Storm) {
    test::storm(rtc, 0x1000, 20000, 1, [&](auto& random) { wall += random() % 1000; });
}

}  // namespace
}  // namespace kiln
