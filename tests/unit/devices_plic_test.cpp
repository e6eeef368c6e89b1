// Expectations from the RISC-V PLIC specification 1.0.0.
#include <gtest/gtest.h>

#include "devices/plic.h"
#include "unit/devices_fakes.h"

namespace kiln {
namespace {

constexpr uint64_t priority(unsigned source) { return 4 * source; }
constexpr uint64_t pending(unsigned source) { return 0x1000 + source / 32 * 4; }
constexpr uint64_t enable(unsigned context, unsigned word) {
    return 0x2000 + 0x80 * context + 4 * word;
}
constexpr uint64_t threshold(unsigned context) { return 0x20'0000 + 0x1000 * context; }
constexpr uint64_t claim(unsigned context) { return threshold(context) + 4; }

class PlicTest : public testing::Test {
  protected:
    void write(uint64_t offset, uint64_t value) { EXPECT_TRUE(plic.write(offset, 4, value)); }
    uint64_t read(uint64_t offset) { return plic.read(offset, 4).value(); }
    bool is_pending(unsigned source) { return (read(pending(source)) >> source % 32 & 1) != 0; }
    void enable_source(unsigned context, unsigned source, unsigned level) {
        write(priority(source), level);
        write(enable(context, source / 32),
              read(enable(context, source / 32)) | uint64_t{1} << source % 32);
    }

    test::FakeSink sink;
    Plic plic{{IrqLine(sink, 0), IrqLine(sink, 1), IrqLine(sink, 2), IrqLine(sink, 3)}};
};

TEST_F(PlicTest, ClaimAndComplete) {
    enable_source(1, 10, 1);
    EXPECT_EQ(read(claim(1)), 0u);
    plic.set_irq(10, true);
    EXPECT_TRUE(sink[1]);
    EXPECT_FALSE(sink[0]);
    EXPECT_TRUE(is_pending(10));
    EXPECT_EQ(read(claim(1)), 10u);
    EXPECT_FALSE(is_pending(10));
    EXPECT_FALSE(sink[1]);
    EXPECT_EQ(read(claim(1)), 0u);
    plic.set_irq(10, false);
    write(claim(1), 10);
    EXPECT_FALSE(sink[1]);
    plic.set_irq(10, true);
    EXPECT_TRUE(sink[1]);
}

TEST_F(PlicTest, GatewayHoldsBackUntilCompletion) {
    enable_source(0, 3, 1);
    plic.set_irq(3, true);
    EXPECT_EQ(read(claim(0)), 3u);
    plic.set_irq(3, false);
    plic.set_irq(3, true);
    EXPECT_FALSE(is_pending(3));
    EXPECT_FALSE(sink[0]);
    write(claim(0), 3);  // Still high: the next request.
    EXPECT_TRUE(sink[0]);
    EXPECT_EQ(read(claim(0)), 3u);
}

TEST_F(PlicTest, RequestOutlivesItsLevel) {
    enable_source(0, 3, 1);
    plic.set_irq(3, true);
    plic.set_irq(3, false);
    EXPECT_TRUE(sink[0]);
    EXPECT_EQ(read(claim(0)), 3u);
    write(claim(0), 3);
    EXPECT_FALSE(sink[0]);
}

TEST_F(PlicTest, HighestPriorityFirstThenLowestNumber) {
    for (const unsigned source : {5u, 40u, 95u, 64u}) enable_source(0, source, 2);
    write(priority(64), 7);
    for (const unsigned source : {95u, 5u, 64u, 40u}) plic.set_irq(source, true);
    for (const unsigned expected : {64u, 5u, 40u, 95u, 0u}) EXPECT_EQ(read(claim(0)), expected);
}

TEST_F(PlicTest, ThresholdMasksTheLineNotTheClaim) {
    enable_source(0, 1, 3);
    plic.set_irq(1, true);
    write(threshold(0), 3);
    EXPECT_FALSE(sink[0]);
    write(threshold(0), 2);
    EXPECT_TRUE(sink[0]);
    write(threshold(0), 7);
    EXPECT_EQ(read(threshold(0)), 7u);
    EXPECT_EQ(read(claim(0)), 1u);
}

TEST_F(PlicTest, PriorityZeroNeverInterrupts) {
    enable_source(0, 1, 0);
    plic.set_irq(1, true);
    EXPECT_TRUE(is_pending(1));
    EXPECT_FALSE(sink[0]);
    EXPECT_EQ(read(claim(0)), 0u);
    write(priority(1), 1);
    EXPECT_TRUE(sink[0]);
}

TEST_F(PlicTest, CompletionOfWhatIsNotEnabledIsIgnored) {
    enable_source(0, 4, 1);
    plic.set_irq(4, true);
    EXPECT_EQ(read(claim(0)), 4u);
    write(claim(1), 4);  // Context 1 has not enabled it.
    EXPECT_FALSE(is_pending(4));
    for (const uint64_t bad : {0u, 96u, 1000u, 0xffff'ffffu}) write(claim(0), bad);
    EXPECT_FALSE(is_pending(4));
    write(claim(0), 4);
    EXPECT_TRUE(is_pending(4));
}

TEST_F(PlicTest, OneClaimantOnly) {
    enable_source(1, 9, 1);
    enable_source(3, 9, 1);
    plic.set_irq(9, true);
    EXPECT_TRUE(sink[1]);
    EXPECT_TRUE(sink[3]);
    EXPECT_EQ(read(claim(3)), 9u);
    EXPECT_FALSE(sink[1]);
    EXPECT_EQ(read(claim(1)), 0u);
}

TEST_F(PlicTest, RegistersAreWarl) {
    write(priority(1), 0xffff'ffff);
    EXPECT_EQ(read(priority(1)), 7u);
    write(threshold(2), 0xffff'ffff);
    EXPECT_EQ(read(threshold(2)), 7u);
    write(enable(0, 0), 0xffff'ffff);
    EXPECT_EQ(read(enable(0, 0)), 0xffff'fffeu);
    write(priority(0), 7);
    EXPECT_EQ(read(priority(0)), 0u);
    write(pending(1), 0xffff'ffff);
    EXPECT_EQ(read(pending(1)), 0u);
}

TEST_F(PlicTest, NothingBeyondTheLastIndex) {
    for (const uint64_t offset : {priority(96), pending(96), enable(0, 3), enable(4, 0),
                                  threshold(4), claim(4), threshold(0) + 8}) {
        write(offset, 0xffff'ffff);
        EXPECT_EQ(read(offset), 0u) << std::hex << offset;
    }
    plic.set_irq(0, true);
    plic.set_irq(96, true);
    plic.set_irq(UINT32_MAX, true);
    EXPECT_EQ(read(pending(0)), 0u);
    for (const unsigned size : {1u, 2u, 8u}) {
        EXPECT_EQ(plic.read(priority(1), size), std::nullopt);
        EXPECT_FALSE(plic.write(priority(1), size, 1));
    }
}

TEST_F(PlicTest, Storm) {
    test::storm(plic, 0x60'0000, 50000, 3, [&](auto& random) {
        plic.set_irq(static_cast<unsigned>(random() % 128), random() % 2 != 0);
        plic.read(claim(static_cast<unsigned>(random() % 6)), 4);
    });
}

}  // namespace
}  // namespace kiln
