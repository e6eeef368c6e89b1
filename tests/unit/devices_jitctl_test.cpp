// The registers of docs/jitctl.md, against a machine that says what the test tells it.
#include <gtest/gtest.h>
#include <tuple>
#include <vector>

#include "devices/jitctl.h"
#include "unit/devices_fakes.h"

namespace kiln {
namespace {

enum : uint64_t {
    kMagic = 0x00,
    kVersion = 0x08,
    kFeatures = 0x10,
    kMaxLevel = 0x18,
    kInstret = 0x20,
    kStart = 0x28,
    kLength = 0x30,
    kCommand = 0x38,
    kStatus = 0x40,
    kLevel = 0x48,
    kBlocks = 0x50,
    kInstructions = 0x58,
    kExecutions = 0x60,
    kBlocksAtLevel0 = 0x68,
    kBlocksAtLevel3 = 0x80,
    kWarm = 0x88,
    kHot = 0x90,
    kVeryHot = 0x98,
    kEnd = 0xa0,
};
enum : uint64_t { kQuery = 1, kCompile = 2, kApply = 3 };
enum : uint64_t { kDone, kUnavailable, kBadRange, kBadCommand, kQueued, kBadThresholds };

constexpr uint64_t kPattern = 0x0123'4567'89ab'cdef;
constexpr uint64_t kRam = test::FakeJitControl::kRam;
constexpr uint64_t kRamSize = test::FakeJitControl::kRamSize;

class JitctlTest : public testing::Test {
  protected:
    uint64_t read(uint64_t reg) { return device.read(reg, 8).value(); }
    void write(uint64_t reg, uint64_t value) { EXPECT_TRUE(device.write(reg, 8, value)); }
    // Runs a command and returns its status.
    uint64_t command(uint64_t number) {
        write(kCommand, number);
        return read(kStatus);
    }
    uint64_t command(uint64_t number, uint64_t start, uint64_t length) {
        write(kStart, start);
        write(kLength, length);
        return command(number);
    }

    test::FakeJitControl control;
    Jitctl device{control};
};

TEST_F(JitctlTest, AfterReset) {
    struct Register {
        uint64_t at;
        uint64_t value;
    };
    const std::vector<Register> registers = {{kMagic, 0x0054494a4e4c494b},
                                             {kVersion, 1},
                                             {kFeatures, 0x8000'0005},
                                             {kMaxLevel, 2},
                                             {kInstret, 7},
                                             {kWarm, 100},
                                             {kHot, 1000},
                                             {kVeryHot, 10000}};
    for (const Register& reg : registers) EXPECT_EQ(read(reg.at), reg.value) << reg.at;
    for (const uint64_t reg : {kStart, kLength, kStatus}) EXPECT_EQ(read(reg), 0u) << reg;
    for (uint64_t reg = kLevel; reg <= kBlocksAtLevel3; reg += 8) EXPECT_EQ(read(reg), 0u) << reg;
}

TEST_F(JitctlTest, MagicIsReadableText) {
    const uint64_t magic = read(kMagic);
    EXPECT_STREQ(reinterpret_cast<const char*>(&magic), "KILNJIT");
}

TEST_F(JitctlTest, WritableRegistersByHalves) {
    for (const uint64_t reg : {kStart, kLength, kWarm, kHot, kVeryHot}) {
        write(reg, kPattern);
        EXPECT_EQ(read(reg), kPattern);
        EXPECT_EQ(device.read(reg, 4), 0x89ab'cdef);
        EXPECT_EQ(device.read(reg + 4, 4), 0x0123'4567);
        EXPECT_TRUE(device.write(reg, 4, 0x1111'1111));
        EXPECT_EQ(read(reg), 0x0123'4567'1111'1111);
        EXPECT_TRUE(device.write(reg + 4, 4, 0x2222'2222));
        EXPECT_EQ(read(reg), 0x2222'2222'1111'1111);
    }
    // No command was given.
    EXPECT_TRUE(control.queried.empty() && control.compiled.empty() && control.applied.empty());
}

TEST_F(JitctlTest, ReadOnlyRegistersByHalves) {
    control.instret = kPattern;
    EXPECT_EQ(device.read(kMagic, 4), 0x4e4c'494bu);
    EXPECT_EQ(device.read(kMagic + 4, 4), 0x0054'494au);
    EXPECT_EQ(device.read(kInstret, 4), 0x89ab'cdefu);
    EXPECT_EQ(device.read(kInstret + 4, 4), 0x0123'4567u);
    control.answer.executions = kPattern;
    EXPECT_EQ(command(kQuery, kRam, 1), kDone);
    EXPECT_EQ(device.read(kExecutions + 4, 4), 0x0123'4567u);
}

TEST_F(JitctlTest, RefusedAccesses) {
    for (uint64_t reg = 0; reg < 0x1000; reg += 8) {
        for (const unsigned size : {1u, 2u}) {
            EXPECT_EQ(device.read(reg, size), std::nullopt) << reg;
            EXPECT_FALSE(device.write(reg, size, 1)) << reg;
        }
        const bool readable = reg < kEnd && reg != kCommand;
        const bool writable =
            reg == kStart || reg == kLength || reg == kCommand || (reg >= kWarm && reg <= kVeryHot);
        for (const auto& [offset, size] : {std::pair{reg, 8u}, {reg, 4u}, {reg + 4, 4u}}) {
            EXPECT_EQ(device.read(offset, size).has_value(), readable) << offset;
            EXPECT_EQ(device.write(offset, size, 0), writable) << offset;
        }
    }
}

TEST_F(JitctlTest, QueryLatchesItsAnswer) {
    control.answer = {{0, 3, 0, 4}, 100, kPattern};
    EXPECT_EQ(command(kQuery, kRam + 6, 10), kDone);
    ASSERT_EQ(control.queried.size(), 1u);
    EXPECT_EQ(control.queried[0].start, kRam + 6);
    EXPECT_EQ(control.queried[0].length, 10u);
    control.answer = {{1, 1, 1, 1}, 1, 1};  // The world goes on.
    write(kStart, kRam);
    EXPECT_EQ(read(kLevel), 1u);
    EXPECT_EQ(read(kBlocks), 7u);
    EXPECT_EQ(read(kInstructions), 100u);
    EXPECT_EQ(read(kExecutions), kPattern);
    for (const auto& [level, blocks] : {std::pair{0u, 0u}, {1u, 3u}, {2u, 0u}, {3u, 4u}})
        EXPECT_EQ(read(kBlocksAtLevel0 + 8 * level), blocks);
    EXPECT_EQ(control.queried.size(), 1u);
}

TEST_F(JitctlTest, LevelIsTheLowest) {
    struct Row {
        std::array<uint64_t, 4> blocks;
        uint64_t level;
    };
    for (const Row& row :
         {Row{{9, 0, 0, 1}, 0}, Row{{0, 0, 2, 1}, 2}, Row{{0, 0, 0, 1}, 3}, Row{{0, 0, 0, 0}, 0}}) {
        control.answer.blocks_at_level = row.blocks;
        EXPECT_EQ(command(kQuery, kRam, 1), kDone);
        EXPECT_EQ(read(kLevel), row.level);
    }
}

TEST_F(JitctlTest, RangesInsideRam) {
    for (const auto& [start, length] : {std::pair{kRam, uint64_t{1}},
                                        {kRam, kRamSize},
                                        {kRam + kRamSize - 1, 1},
                                        {kRam + 1, kRamSize - 1}}) {
        EXPECT_EQ(command(kQuery, start, length), kDone) << start;
        EXPECT_EQ(command(kCompile, start, length), kQueued) << start;
    }
}

TEST_F(JitctlTest, RangesOutsideRamAreRefused) {
    control.answer.blocks_at_level = {1, 1, 1, 1};
    EXPECT_EQ(command(kQuery, kRam, 1), kDone);
    control.queried.clear();
    for (const auto& [start, length] :
         {std::pair{kRam, uint64_t{0}},
          {kRam + 16, 0},
          {0, 0},
          {0, 1},
          {kRam - 1, 1},
          {kRam - 1, 2},
          {kRam - 1, UINT64_MAX},
          {kRam, kRamSize + 1},
          {kRam + 1, kRamSize},
          {kRam + kRamSize, 1},
          {kRam + kRamSize - 1, 2},
          {kRam, UINT64_MAX},
          {kRam + 1, UINT64_MAX},                 // Ends where it begins.
          {kRam + 8, UINT64_MAX - kRam - 8 + 1},  // Ends at 0.
          {kRam + 8, UINT64_MAX - 8 + 1 + 4},     // Ends inside RAM again.
          {UINT64_MAX, 1},
          {UINT64_MAX, kRam + 2},
          {kRam | uint64_t{1} << 63, 16},
          {kRam | uint64_t{1} << 32, 16}}) {
        EXPECT_EQ(command(kQuery, start, length), kBadRange) << start << ' ' << length;
        EXPECT_EQ(command(kCompile, start, length), kBadRange) << start << ' ' << length;
        // The answer to the query before is not this one's.
        EXPECT_EQ(read(kBlocks), 0u);
    }
    EXPECT_TRUE(control.queried.empty() && control.compiled.empty());
}

TEST_F(JitctlTest, RamAtTheEndOfTheAddressSpace) {
    control.memory = {UINT64_MAX - 0xfff, 0x1000};
    EXPECT_EQ(command(kQuery, UINT64_MAX, 1), kDone);
    EXPECT_EQ(command(kQuery, UINT64_MAX, 2), kBadRange);
    EXPECT_EQ(command(kQuery, 0, 1), kBadRange);
}

TEST_F(JitctlTest, CompilePassesTheAnswerOn) {
    for (const JitStatus answer : {JitStatus::kDone, JitStatus::kUnavailable, JitStatus::kQueued}) {
        control.compile_answer = answer;
        EXPECT_EQ(command(kCompile, kRam + 4, 8), static_cast<uint64_t>(answer));
    }
    ASSERT_EQ(control.compiled.size(), 3u);
    EXPECT_EQ(control.compiled[0].start, kRam + 4);
    EXPECT_EQ(control.compiled[0].length, 8u);
    EXPECT_TRUE(control.queried.empty());
}

TEST_F(JitctlTest, ThresholdsAreAppliedByTheirCommandOnly) {
    write(kWarm, 1);
    write(kHot, 2);
    write(kVeryHot, 3);
    EXPECT_TRUE(control.applied.empty());
    EXPECT_EQ(command(kApply), kDone);
    ASSERT_EQ(control.applied.size(), 1u);
    EXPECT_EQ(control.applied[0].warm, 1u);
    EXPECT_EQ(control.applied[0].hot, 2u);
    EXPECT_EQ(control.applied[0].very_hot, 3u);
}

TEST_F(JitctlTest, ThresholdsThatDoNotAscendAreRefused) {
    for (const auto& [warm, hot, very_hot] : {std::tuple<uint64_t, uint64_t, uint64_t>{2, 1, 3},
                                              {1, 3, 2},
                                              {1, 1, 2},
                                              {1, 2, 2},
                                              {UINT64_MAX, 0, 1}}) {
        write(kWarm, warm);
        write(kHot, hot);
        write(kVeryHot, very_hot);
        EXPECT_EQ(command(kApply), kBadThresholds) << warm << ' ' << hot << ' ' << very_hot;
        EXPECT_EQ(read(kWarm), warm);  // As written.
    }
    EXPECT_TRUE(control.applied.empty());
}

TEST_F(JitctlTest, CommandsThatDoNotExist) {
    write(kStart, kRam);
    write(kLength, 1);
    for (const uint64_t number : {uint64_t{0}, uint64_t{4}, uint64_t{1} << 32 | 1, UINT64_MAX})
        EXPECT_EQ(command(number), kBadCommand) << number;
    EXPECT_TRUE(control.queried.empty() && control.compiled.empty() && control.applied.empty());
    EXPECT_EQ(command(kQuery), kDone);
}

TEST_F(JitctlTest, CommandByHalves) {
    write(kStart, kRam);
    write(kLength, 1);
    EXPECT_TRUE(device.write(kCommand, 4, 9));
    EXPECT_EQ(read(kStatus), kBadCommand);
    EXPECT_TRUE(device.write(kCommand, 4, kQuery));
    EXPECT_TRUE(device.write(kCommand + 4, 4, 0));
    EXPECT_EQ(read(kStatus), kDone);
    EXPECT_EQ(control.queried.size(), 1u);
    // The upper half alone is no command.
    EXPECT_TRUE(device.write(kCommand + 4, 4, kQuery));
    EXPECT_EQ(control.queried.size(), 1u);
}

TEST_F(JitctlTest, Storm) {
    test::storm(device, 0x1000, 50000, 5, [&](auto&) {
        for (const JitRange& range : control.queried) {
            EXPECT_GE(range.start, kRam);
            EXPECT_LE(range.length, kRamSize);
        }
        control.queried.clear();
        control.compiled.clear();
        control.applied.clear();
    });
}

}  // namespace
}  // namespace kiln
