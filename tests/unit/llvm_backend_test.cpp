// What the LLVM backend does before and behind LLVM: polls, slots, memory.
#include "jit/llvm_backend/llvm_backend.h"

#include "jit/llvm_backend/code_arena.h"
#include "jit/llvm_backend/polls.h"
#include "native_rig.h"

namespace kiln::llvm_backend {
namespace {

using ir::RegionIndex;

// A block of so many instructions.
ir::RegionBlock block(u32 count, RegionIndex next, RegionIndex not_taken = ir::kOutside) {
    ir::RegionBlock made{
        .block = {}, .offset = 0, .weight = 1, .next = next, .not_taken = not_taken};
    made.block.count = count;
    made.block.end = 4 * count;
    return made;
}
constexpr RegionIndex kOut = ir::kOutside;

void expect_polls(const ir::Region& region, const std::vector<bool>& asks,
                  const std::vector<u64>& longest) {
    const Polls polls = find_polls(region);
    EXPECT_EQ(polls.asks, asks);
    EXPECT_EQ(polls.longest, longest);
}

TEST(Polls, LongestWayToTheNextOne) {
    // 0 goes to 1 or 2, both to 3, which goes back.
    const ir::Region region{
        .blocks = {block(2, 1, 2), block(10, 3), block(1, 3), block(4, 0, kOut)}, .entries = {0}};
    expect_polls(region, {true, false, false, false}, {16, 14, 5, 4});
}

TEST(Polls, EachCycleAsks) {
    // 1 and 2 go round without the entry.
    const ir::Region region{.blocks = {block(2, 1), block(3, 2), block(5, 1, kOut)},
                            .entries = {0}};
    expect_polls(region, {true, true, false}, {2, 8, 5});
}

TEST(Polls, EntriesAsk) {
    const ir::Region region{.blocks = {block(2, 1), block(3, kOut)}, .entries = {0, 1}};
    expect_polls(region, {true, true}, {2, 3});
}

TEST(Polls, ReturnsGoWhereCallsReturnTo) {
    // 0 calls 1, which returns to 2, which calls again.
    ir::Region region{.blocks = {block(2, 1), block(3, kOut), block(5, 1)}, .entries = {0}};
    region.blocks[1].block.terminal = ir::IndirectJump{0, JumpHint::kReturn};
    region.blocks[2].returned_to = true;
    expect_polls(region, {true, true, false}, {2, 8, 5});
}

TEST(FreeRanges, NeighboursJoin) {
    constexpr u64 kUnit = FreeRanges::kUnit;
    FreeRanges ranges(4 * kUnit);
    for (u64 i = 0; i < 4; ++i) EXPECT_EQ(ranges.take(kUnit), i * kUnit);
    EXPECT_EQ(ranges.take(kUnit), std::nullopt);
    for (const u64 i : {1, 3, 2}) ranges.give_back(i * kUnit, kUnit);
    EXPECT_EQ(ranges.take(4 * kUnit), std::nullopt);
    EXPECT_EQ(ranges.take(3 * kUnit), kUnit);
    ranges.give_back(kUnit, 3 * kUnit);
    ranges.give_back(0, kUnit);
    EXPECT_EQ(ranges.take(4 * kUnit), 0u);
}

// Regions that jump away, as many as there is room for.
TEST(LlvmBackend, MemoryIsUsedAgain) {
    const native::Table table{};
    const auto backend =
        make_llvm_backend({.bytes = 256 << 10, .table = table, .layout = {}, .store = nullptr});
    const RegionSite site{.direct = true,
                          .user_window = UserWindow::kNone,
                          .keyed_from = kPageSize,
                          .host_rounding = 0,
                          .host_fma_rounding = 0,
                          .level = 2};
    ir::Region region{.blocks = {block(1, kOut)}, .entries = {0}};
    region.blocks[0].block.points = {{0, 0}};
    region.blocks[0].block.terminal = ir::Jump{64};
    std::vector<native::Region*> made;
    while (native::Region* one = backend->compile(region, site)) {
        ASSERT_EQ(one->entries.size(), 1u);
        EXPECT_EQ(one->entries[0].count, 1u);
        ASSERT_EQ(one->entries[0].edges.size(), 1u);
        EXPECT_EQ(one->entries[0].edges[0].offset, 64);
        EXPECT_FALSE(one->entries[0].edges[0].keyed);
        made.push_back(one);
        ASSERT_LT(made.size(), 10000u);
    }
    EXPECT_GT(made.size(), 10u);
    const size_t most = made.size();
    backend->release(*made.back());
    made.pop_back();
    EXPECT_NE(backend->compile(region, site), nullptr);
    EXPECT_EQ(backend->compile(region, site), nullptr);
    EXPECT_EQ(made.size() + 1, most);
}

}  // namespace
}  // namespace kiln::llvm_backend
