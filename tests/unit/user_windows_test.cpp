// What user code has mapped on the host: what is there, and what is not there any more.
#include "cpu/user_windows.h"

#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace kiln {
namespace {

constexpr u64 kBase = 0x80000000;
constexpr u64 kPage = 0x40000000;  // a guest address
constexpr u64 kSpace = 7;

// The kernel says whether an address may be read or written, without a fault.
class Probe {
  public:
    Probe() : null_(open("/dev/null", O_WRONLY)), zero_(open("/dev/zero", O_RDONLY)) {}
    ~Probe() {
        close(null_);
        close(zero_);
    }
    // /dev/null takes anything; a pipe looks at it.
    bool reads(u64 address) const {
        int ends[2];
        if (pipe(ends) != 0) return false;
        const bool done = write(ends[1], reinterpret_cast<void*>(address), 1) == 1;
        close(ends[0]);
        close(ends[1]);
        return done;
    }
    bool writes(u64 address) const { return read(zero_, reinterpret_cast<void*>(address), 1) == 1; }

  private:
    int null_;
    int zero_;
};

class UserWindowsTest : public testing::Test {
  protected:
    u64 host(unsigned page) const {
        return reinterpret_cast<u64>(memory.host(kBase + page * kPageSize));
    }

    Bus bus;
    Memory memory{kBase, 16 * kPageSize, bus};
    UserWindows windows{memory};
    Probe probe;
};

TEST_F(UserWindowsTest, APageIsTheSameMemory) {
    const u64 window = windows.select(kSpace, 0);
    ASSERT_NE(window, 0u);
    EXPECT_FALSE(probe.reads(window + kPage));
    windows.map(kPage, host(3), true, false);
    *reinterpret_cast<u64*>(window + kPage + 8) = 4711;
    u64 value = 0;
    std::memcpy(&value, memory.host(kBase + 3 * kPageSize + 8), sizeof value);
    EXPECT_EQ(value, 4711u);
    EXPECT_FALSE(probe.reads(window + kPage - 1));
    EXPECT_FALSE(probe.reads(window + kPage + kPageSize));
}

TEST_F(UserWindowsTest, OnlyWhatIsWritableIsWritten) {
    const u64 window = windows.select(kSpace, 0);
    windows.map(kPage, host(1), false, false);
    EXPECT_TRUE(probe.reads(window + kPage));
    EXPECT_FALSE(probe.writes(window + kPage));
    windows.map(kPage, host(1), true, false);
    EXPECT_TRUE(probe.writes(window + kPage));
    // It stays so, until the page is another one.
    windows.map(kPage, host(1), false, false);
    EXPECT_TRUE(probe.writes(window + kPage));
    windows.map(kPage, host(2), false, false);
    EXPECT_TRUE(probe.reads(window + kPage));
    EXPECT_FALSE(probe.writes(window + kPage));
}

TEST_F(UserWindowsTest, GuardedPagesAreReadOnly) {
    const u64 window = windows.select(kSpace, 0);
    windows.map(kPage, host(1), true, false);
    windows.map(kPage + kPageSize, host(2), true, false);
    windows.map(kPage + 9 * kPageSize, host(1), true, false);
    windows.guard_page(host(1));
    EXPECT_TRUE(probe.reads(window + kPage));
    EXPECT_FALSE(probe.writes(window + kPage));
    EXPECT_FALSE(probe.writes(window + kPage + 9 * kPageSize));
    EXPECT_TRUE(probe.writes(window + kPage + kPageSize));
}

TEST_F(UserWindowsTest, WhatIsDroppedIsGone) {
    const u64 window = windows.select(kSpace, 0);
    for (u64 i = 0; i < 3; ++i)
        windows.map(kPage + i * kPageSize, host(static_cast<unsigned>(i)), true, false);
    windows.drop_page(kPage + kPageSize + 123);
    EXPECT_TRUE(probe.reads(window + kPage));
    EXPECT_FALSE(probe.reads(window + kPage + kPageSize));
    EXPECT_TRUE(probe.reads(window + kPage + 2 * kPageSize));
    windows.drop_all();
    EXPECT_FALSE(probe.reads(window + kPage));
    EXPECT_FALSE(probe.reads(window + kPage + 2 * kPageSize));
    windows.map(kPage, host(5), true, false);
    EXPECT_TRUE(probe.reads(window + kPage));
}

// kB that the host's page tables of this process take.
u64 page_table_kilobytes() {
    std::ifstream status("/proc/self/status");
    u64 kilobytes = 0;
    for (std::string word; status >> word;)
        if (word == "VmPTE:") status >> kilobytes;
    return kilobytes;
}

// The host keeps a page table for each 2 MiB in which a page was.
TEST_F(UserWindowsTest, PageTablesDoNotPileUp) {
    windows.select(kSpace, 0);
    const u64 before = page_table_kilobytes();
    ASSERT_NE(before, 0u);
    for (u64 i = 0; i < 4096; ++i) {
        windows.map(i << 21, host(1), false, false);
        windows.drop_page(i << 21);
    }
    EXPECT_LT(page_table_kilobytes(), before + 8192);
    windows.drop_all();
    EXPECT_LT(page_table_kilobytes(), before + 64);
}

TEST_F(UserWindowsTest, AmongSuperpagesOneAddressDropsAll) {
    const u64 window = windows.select(kSpace, 0);
    windows.map(kPage, host(1), false, true);
    windows.map(kPage + kPageSize, host(2), false, false);
    windows.drop_page(kPage + 100 * kPageSize);
    EXPECT_FALSE(probe.reads(window + kPage));
    EXPECT_FALSE(probe.reads(window + kPage + kPageSize));
}

TEST_F(UserWindowsTest, EachSpaceHasItsOwn) {
    const u64 first = windows.select(1, 0);
    windows.map(kPage, host(1), false, false);
    const u64 second = windows.select(2, 0);
    EXPECT_NE(first, second);
    EXPECT_FALSE(probe.reads(second + kPage));
    windows.map(kPage, host(2), false, false);
    EXPECT_EQ(windows.select(1, 0), first);
    EXPECT_TRUE(probe.reads(first + kPage));
    windows.drop_spaces([](u64 space) { return space == 2; });
    EXPECT_TRUE(probe.reads(first + kPage));
    EXPECT_FALSE(probe.reads(second + kPage));
    windows.select(2, 0);
    windows.map(kPage, host(2), false, false);
    windows.drop_page(kPage);
    EXPECT_FALSE(probe.reads(first + kPage));
    EXPECT_FALSE(probe.reads(second + kPage));
}

TEST_F(UserWindowsTest, TheOldestGivesItsPlace) {
    const u64 oldest = windows.select(1, 0);
    windows.map(kPage, host(1), false, false);
    u64 space = 2;
    while (windows.select(space, 0) != oldest) {
        EXPECT_TRUE(probe.reads(oldest + kPage));
        windows.map(kPage, host(2), false, false);
        ASSERT_LT(++space, 100u);
    }
    EXPECT_FALSE(probe.reads(oldest + kPage));
}

// An address space without pages keeps nothing while others run.
TEST_F(UserWindowsTest, EmptyWindowsTakeNoRoom) {
    const u64 window = windows.select(1, 0);
    windows.map(kPage, host(1), false, false);
    windows.drop_all();
    EXPECT_EQ(windows.select(2, 0), window);
    windows.map(kPage, host(2), false, false);
    EXPECT_NE(windows.select(1, 0), window);
}

TEST_F(UserWindowsTest, NothingLiesOutside) {
    const u64 window = windows.select(kSpace, 0);
    for (const u64 page : {kUserPieces << kUserPieceBits, u64{0} - kPageSize})
        windows.map(page, host(1), true, false);
    EXPECT_EQ(windows.mapped(), 0u);
    windows.map(kUserPieceBytes - kPageSize, host(1), true, false);
    EXPECT_TRUE(probe.reads(window + kUserPieceBytes - 1));
    EXPECT_FALSE(probe.reads(window + kUserPieceBytes));
    EXPECT_FALSE(probe.reads(window + kUserPieceBytes + kUserPieceMargin - 1));
    EXPECT_FALSE(probe.reads(window - 1));
}

// Addresses that lie far apart, as a program's and its stack do under Sv57.
constexpr u64 kApart[] = {kPage, (u64{1} << 55) / 3 * 2 & kPageMask, (u64{1} << 56) - kPageSize};

class UserTableTest : public UserWindowsTest {
  protected:
    // Where the table has it.
    static u64 at(u64 table, u64 address) {
        return reinterpret_cast<const u64*>(table)[address >> kUserPieceBits] + address;
    }
    void expect_mapped(u64 table, bool mapped) const {
        for (const u64 address : kApart) EXPECT_EQ(probe.reads(at(table, address)), mapped);
    }
};

TEST_F(UserTableTest, HasPiecesThatLieApart) {
    const u64 table = windows.select_table(kSpace, 0);
    ASSERT_NE(table, 0u);
    expect_mapped(table, false);
    for (unsigned i = 0; i < 3; ++i) windows.map(kApart[i], host(i), true, false);
    for (unsigned i = 0; i < 3; ++i) {
        *reinterpret_cast<u64*>(at(table, kApart[i])) = 100 + i;
        u64 value = 0;
        std::memcpy(&value, memory.host(kBase + i * kPageSize), sizeof value);
        EXPECT_EQ(value, 100 + i);
        EXPECT_FALSE(probe.reads(at(table, kApart[i]) - 1));
    }
    windows.drop_page(kApart[1]);
    EXPECT_FALSE(probe.reads(at(table, kApart[1])));
    EXPECT_TRUE(probe.reads(at(table, kApart[2])));
    windows.guard_page(host(2));
    EXPECT_FALSE(probe.writes(at(table, kApart[2])));
    windows.drop_all();
    expect_mapped(table, false);
}

TEST_F(UserTableTest, NothingElseIsReached) {
    const u64 table = windows.select_table(kSpace, 0);
    windows.map(kPage, host(0), true, false);
    for (u64 number = 0; number < kUserPieces; ++number) {
        if (number == kPage >> kUserPieceBits) continue;
        const u64 first = number << kUserPieceBits;
        ASSERT_FALSE(probe.reads(at(table, first)));
        ASSERT_FALSE(probe.reads(at(table, first + kUserPieceBytes - 1)));
    }
}

TEST_F(UserTableTest, ShowsTheSpaceThatIsSelected) {
    const u64 table = windows.select_table(1, 0);
    for (const u64 address : kApart) windows.map(address, host(1), false, false);
    EXPECT_EQ(windows.select_table(2, 0), table);
    expect_mapped(table, false);
    windows.map(kPage, host(2), false, false);
    EXPECT_TRUE(probe.reads(at(table, kPage)));
    EXPECT_EQ(windows.select_table(1, 0), table);
    expect_mapped(table, true);
    // One that has its place taken by others is not there any more.
    for (u64 space = 2; space < 30; ++space) windows.select_table(space, 0);
    expect_mapped(table, false);
    windows.select_table(1, 0);
    expect_mapped(table, false);
}

TEST_F(UserTableTest, PiecesAreFew) {
    const u64 table = windows.select_table(kSpace, 0);
    unsigned reached = 0;
    for (u64 number = 0; number < 100; ++number) {
        const u64 page = number << kUserPieceBits;
        windows.map(page, host(1), false, false);
        reached += probe.reads(at(table, page)) ? 1 : 0;
    }
    EXPECT_EQ(reached, windows.mapped());
    EXPECT_GE(reached, 4u);
    EXPECT_LT(reached, 100u);
}

TEST_F(UserWindowsTest, FaultsThatAreTooManyEndIt) {
    ASSERT_NE(windows.select(kSpace, 0), 0u);
    u64 faults = 1;
    while (windows.note_fault(0)) ASSERT_LT(++faults, 1'000'000u);
    EXPECT_EQ(faults, FaultAllowance::kFirst);
    EXPECT_EQ(windows.select(kSpace, 0), 0u);
    windows.map(kPage, host(1), true, false);  // there is no place for it
    EXPECT_EQ(windows.mapped(), 0u);
    constexpr u64 kLater = FaultAllowance::kAgain * FaultAllowance::kInstructions;
    EXPECT_EQ(windows.select(kSpace, kLater - 1), 0u);
    EXPECT_NE(windows.select(kSpace, kLater), 0u);
}

TEST(FaultAllowance, IsEarnedByInstructions) {
    FaultAllowance allowance;
    for (u64 i = 0; i < FaultAllowance::kFirst - 1; ++i) EXPECT_TRUE(allowance.spend());
    // One for each kInstructions, however they are counted.
    u64 begun = 0;
    for (unsigned i = 0; i < 1000; ++i) EXPECT_TRUE(allowance.earn(begun += 700));
    for (unsigned i = 0; i < 3; ++i) EXPECT_TRUE(allowance.spend());
    EXPECT_FALSE(allowance.spend());
}

TEST(FaultAllowance, IsSavedUpToALimit) {
    FaultAllowance allowance;
    EXPECT_TRUE(allowance.earn(~u64{0}));
    for (u64 i = 0; i < FaultAllowance::kMost - 1; ++i) EXPECT_TRUE(allowance.spend());
    EXPECT_FALSE(allowance.spend());
    // A count that begins again earns nothing.
    EXPECT_FALSE(allowance.earn(0));
    EXPECT_TRUE(allowance.earn(FaultAllowance::kAgain * FaultAllowance::kInstructions));
}

}  // namespace
}  // namespace kiln
