#include <gtest/gtest.h>

#include "devices/finisher.h"

namespace kiln {
namespace {

TEST(Finisher, RunsUntilTold) {
    Finisher finisher;
    EXPECT_EQ(finisher.exit_code(), std::nullopt);
    EXPECT_TRUE(finisher.write(0, 4, 0));
    EXPECT_TRUE(finisher.write(0, 4, 0x1234'5678));
    EXPECT_TRUE(finisher.write(4, 4, 0x5555));  // Only offset 0 is the register.
    EXPECT_EQ(finisher.exit_code(), std::nullopt);
    EXPECT_FALSE(finisher.reset_requested());
}

struct Case {
    uint64_t word;
    std::optional<int> code;
    bool reset;
};
void PrintTo(const Case& command, std::ostream* out) { *out << command.word; }
class FinisherCommand : public testing::TestWithParam<Case> {};

TEST_P(FinisherCommand, Works) {
    Finisher finisher;
    EXPECT_TRUE(finisher.write(0, 4, GetParam().word));
    EXPECT_EQ(finisher.exit_code(), GetParam().code);
    EXPECT_EQ(finisher.reset_requested(), GetParam().reset);
}

INSTANTIATE_TEST_SUITE_P(All, FinisherCommand,
                         testing::Values(Case{0x5555, 0, false}, Case{0x3333, 0, false},
                                         Case{0x1'3333, 1, false}, Case{0xffff'3333, 65535, false},
                                         Case{0x2a'3333, 42, false},
                                         Case{0x7777, std::nullopt, true}));

TEST(Finisher, AcceptsHalfAndFullWordsOnly) {
    Finisher finisher;
    EXPECT_FALSE(finisher.write(0, 1, 0x55));
    EXPECT_FALSE(finisher.write(0, 8, 0x5555));
    EXPECT_EQ(finisher.read(0, 1), std::nullopt);
    EXPECT_EQ(finisher.read(0, 8), std::nullopt);
    EXPECT_EQ(finisher.read(0, 4), 0u);
    EXPECT_EQ(finisher.exit_code(), std::nullopt);
    EXPECT_TRUE(finisher.write(0, 2, 0x5555));
    EXPECT_EQ(finisher.exit_code(), 0);
}

}  // namespace
}  // namespace kiln
