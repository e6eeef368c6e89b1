// Blocks by where their code is: among many, with stale ones between them.
#include "jit/block_table.h"

#include <deque>
#include <gtest/gtest.h>

#include "cpu/riscv/guest.h"

namespace kiln {
namespace {

using Table = BlockTable<riscv::RiscvGuest<u64>>;

class BlockTableTest : public testing::Test {
  protected:
    Table::Block& add(const Table::Key& key) {
        Table::Block& block = blocks.emplace_back();
        block.physical = key.physical;
        block.mode = key.mode;
        block.physical2 = key.physical2;
        table.insert(block);
        return block;
    }
    static Table::Key at(u64 physical, u64 mode = 0) {
        return {physical, mode, Table::Block::kOnePage};
    }

    std::deque<Table::Block> blocks;
    Table table;
};

TEST_F(BlockTableTest, EachPartOfTheKeyCounts) {
    const Table::Key keys[] = {at(64), at(66), at(64, 1), at(64, 0x400), {64, 0, 4096}, {64, 0, 0}};
    std::vector<Table::Block*> added;
    for (const Table::Key& key : keys) {
        EXPECT_EQ(table.find(key), nullptr);
        added.push_back(&add(key));
    }
    for (size_t i = 0; i < std::size(keys); ++i) EXPECT_EQ(table.find(keys[i]), added[i]);
}

TEST_F(BlockTableTest, StaleBlocksAreNotFound) {
    Table::Block& old = add(at(64));
    old.stale = true;
    EXPECT_EQ(table.find(at(64)), nullptr);
    Table::Block& next = add(at(64));
    EXPECT_EQ(table.find(at(64)), &next);
}

// More than it has room for at first, most of them again and again.
TEST_F(BlockTableTest, GrowsAndForgetsTheStale) {
    constexpr u64 kBlocks = 100'000;
    for (unsigned round = 0; round < 3; ++round)
        for (u64 i = 0; i < kBlocks; ++i) {
            Table::Block* known = table.find(at(2 * i));
            EXPECT_EQ(known != nullptr, round != 0);
            if (known != nullptr) known->stale = true;
            if (round < 2 || i % 2 == 0) add(at(2 * i));
        }
    for (u64 i = 0; i < kBlocks; ++i) {
        const Table::Block* found = table.find(at(2 * i));
        ASSERT_EQ(found != nullptr, i % 2 == 0);
        if (found == nullptr) continue;
        ASSERT_EQ(found->physical, 2 * i);
    }
    table.clear();
    EXPECT_EQ(table.find(at(0)), nullptr);
}

}  // namespace
}  // namespace kiln
