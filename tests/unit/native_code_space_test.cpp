// Memory for native code: two mappings of it, reuse, and what lies beside it.
#include <algorithm>
#include <fstream>
#include <set>

#include "native_rig.h"
#include "support/error.h"

namespace kiln::native {
namespace {

constexpr Table kTable = {11, 22, 33, 44, 55, 66, 77, 88, 99, 110, 121, 132};

void keep(Block&) {}
u64 first_helper(CpuState&, u64, u64, u64) noexcept { return 1; }
u64 second_helper(CpuState&, u64, u64, u64) noexcept { return 2; }

u64 word_at(u64 address) { return *reinterpret_cast<const u64*>(address); }

// A block of `bytes` bytes, all `fill`.
Block& add_block(CodeSpace& space, size_t bytes, u8 fill, size_t edges,
                 const CodeSpace::Drop& drop = keep) {
    space.make_room(drop);
    Block& block = space.new_block(edges);
    const Room room = space.room();
    EXPECT_GE(room.size, CodeSpace::kMaxBlockCode);
    std::memset(room.write, fill, bytes);
    space.publish(block, bytes);
    return block;
}

bool holds(const Block& block, u8 fill) {
    const auto* code = static_cast<const u8*>(block.code);
    return std::all_of(code, code + block.code_bytes, [&](u8 byte) { return byte == fill; });
}

TEST(NativeCodeSpace, NothingIsWritableAndExecutable) {
    CodeSpace space(CodeSpace::kSmallest, kTable);
    const auto run = reinterpret_cast<u64>(add_block(space, 100, 0xcc, 2).code);
    std::ifstream maps("/proc/self/maps");
    bool found = false;
    for (std::string line; std::getline(maps, line);) {
        u64 first = 0;
        u64 end = 0;
        char rights[5] = {};
        ASSERT_EQ(std::sscanf(line.c_str(), "%lx-%lx %4s", &first, &end, rights), 3) << line;
        EXPECT_FALSE(rights[1] == 'w' && rights[2] == 'x') << line;
        if (run >= first && run < end) {
            found = true;
            EXPECT_STREQ(rights, "r-xs") << line;
        }
    }
    EXPECT_TRUE(found);
}

TEST(NativeCodeSpace, WhatIsWrittenIsWhatRuns) {
    CodeSpace space(CodeSpace::kSmallest, kTable);
    const Block& block = add_block(space, 1000, 0xab, 3);
    EXPECT_EQ(block.code_bytes, 1000u);
    EXPECT_TRUE(holds(block, 0xab));
    EXPECT_EQ(block.edges.size(), 3u);
    for (const Edge& edge : block.edges) {
        EXPECT_EQ(edge.from, &block);
        EXPECT_EQ(edge.to, nullptr);
        EXPECT_EQ(reinterpret_cast<u64>(&edge.target) % sizeof(u64), 0u);
    }
    EXPECT_GT(space.bytes_used(), 1000u);
}

TEST(NativeCodeSpace, CodeReachesData) {
    CodeSpace space(CodeSpace::kLargest, kTable);
    const auto reaches = [&](const Block& block, const void* data) {
        const auto distance = static_cast<const char*>(data) - static_cast<const char*>(block.code);
        return distance == static_cast<i32>(distance);
    };
    // The table lies behind all code and in front of all blocks.
    const Block& block = add_block(space, 1, 0, 8);
    EXPECT_TRUE(reaches(block, reinterpret_cast<const void*>(space.slot(Symbol::kExit))));
    EXPECT_TRUE(reaches(block, &block.edges.back()));
    EXPECT_GT(space.slot(Symbol::kExit),
              reinterpret_cast<u64>(block.code) + CodeSpace::kLargest / 2);
}

TEST(NativeCodeSpace, SlotsHoldSymbolsAndHelpers) {
    CodeSpace space(CodeSpace::kSmallest, kTable);
    const Helper first{"first", first_helper};
    const Helper second{"second", second_helper};
    EXPECT_EQ(word_at(space.slot(Symbol::kExit)), 11u);
    EXPECT_EQ(word_at(space.slot(Symbol::kHelper)), kTable[static_cast<size_t>(Symbol::kHelper)]);
    const u64 slot = space.slot(first);
    EXPECT_EQ(word_at(slot), reinterpret_cast<u64>(&first_helper));
    EXPECT_EQ(word_at(space.slot(second)), reinterpret_cast<u64>(&second_helper));
    space.clear(keep);
    EXPECT_EQ(space.slot(first), slot);
    EXPECT_EQ(word_at(space.slot(Symbol::kHelper)), kTable[static_cast<size_t>(Symbol::kHelper)]);
    EXPECT_EQ(word_at(slot), reinterpret_cast<u64>(&first_helper));
}

TEST(NativeCodeSpace, UnpublishedBlockIsReplaced) {
    CodeSpace space(CodeSpace::kSmallest, kTable);
    const Block& given_up = space.new_block(8);
    EXPECT_EQ(&add_block(space, 10, 1, 1), &given_up);
    EXPECT_NE(&add_block(space, 10, 2, 1), &given_up);
}

// Fills the space three times over: what goes is what came first, each block once, and those that
// stay keep their bytes and edges.
TEST(NativeCodeSpace, OldestChunkIsUsedAgain) {
    CodeSpace space(CodeSpace::kSmallest, kTable);
    struct Made {
        Block* block;
        u8 fill;
    };
    std::vector<Made> live;
    size_t dropped = 0;
    const auto drop = [&](Block& block) {
        ASSERT_FALSE(live.empty());
        EXPECT_EQ(live.front().block, &block);
        EXPECT_TRUE(holds(block, live.front().fill)) << "it goes before its place is used again";
        live.erase(live.begin());
        ++dropped;
    };
    for (unsigned i = 0; space.reuses() < 20; ++i) {
        const auto fill = static_cast<u8>(i);
        const size_t bytes = i % 7 == 0 ? CodeSpace::kMaxBlockCode : 3000 + i % 100;
        Block& block = add_block(space, bytes, fill, CodeSpace::kMaxBlockEdges, drop);
        for (Edge& edge : block.edges) edge.key = fill;
        live.push_back({&block, fill});
    }
    EXPECT_GT(dropped, 100u);
    EXPECT_GT(live.size(), 50u);
    for (const Made& made : live) {
        EXPECT_TRUE(holds(*made.block, made.fill));
        for (const Edge& edge : made.block->edges) EXPECT_EQ(edge.key, made.fill);
    }
    EXPECT_LE(space.bytes_used(), CodeSpace::kSmallest);
}

// Data may run out before code does.
TEST(NativeCodeSpace, SmallBlocksKeepToTheirChunk) {
    CodeSpace space(CodeSpace::kSmallest, kTable);
    std::set<const Block*> live;
    while (space.reuses() == 0) {
        Block& block =
            add_block(space, 1, 0, CodeSpace::kMaxBlockEdges, [&](Block& b) { live.erase(&b); });
        EXPECT_TRUE(live.insert(&block).second);
    }
    std::vector<std::pair<u64, u64>> ranges;
    for (const Block* block : live)
        ranges.emplace_back(reinterpret_cast<u64>(block),
                            reinterpret_cast<u64>(block->edges.data() + block->edges.size()));
    std::ranges::sort(ranges);
    for (size_t i = 1; i < ranges.size(); ++i) EXPECT_LE(ranges[i - 1].second, ranges[i].first);
}

TEST(NativeCodeSpace, ClearDropsEveryBlock) {
    CodeSpace space(CodeSpace::kSmallest, kTable);
    std::set<const Block*> live;
    for (int i = 0; i < 100; ++i)
        live.insert(&add_block(space, CodeSpace::kMaxBlockCode / 8, 0, 2));
    space.clear([&](Block& block) { EXPECT_EQ(live.erase(&block), 1u); });
    EXPECT_TRUE(live.empty());
    EXPECT_EQ(space.bytes_used(), 0u);
    EXPECT_EQ(space.reuses(), 0u);
    EXPECT_FALSE(space.make_room(keep));
    live.insert(&add_block(space, 1, 0, 0));
    space.clear([&](Block& block) { live.erase(&block); });
    EXPECT_TRUE(live.empty());
}

TEST(NativeCodeSpace, HostThatGivesNoMemoryIsAnError) {
    EXPECT_THROW(CodeSpace(u64{1} << 60, kTable), UsageError);
}

}  // namespace
}  // namespace kiln::native
