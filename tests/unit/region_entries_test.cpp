// Where regions are entered: every cycle of blocks has an entry, and all blocks are reached.
#include "jit/region_entries.h"

#include <gtest/gtest.h>
#include <random>
#include <set>

namespace kiln {
namespace {

using ir::kOutside;
using ir::RegionIndex;
using Entries = std::vector<RegionIndex>;

constexpr i64 kDistance = 16;  // of a block from the one before

class Graph {
  public:
    Graph& jump(RegionIndex to) { return add(ir::Jump{0}, to); }
    Graph& branch(RegionIndex taken, RegionIndex not_taken) {
        return add(ir::Branch{0, 0, 0}, taken, not_taken);
    }
    // Returns to the block behind it.
    Graph& call(RegionIndex callee) { return add(ir::Jump{0, JumpHint::kCall}, callee); }
    Graph& call_anything() { return add(ir::IndirectJump{0, JumpHint::kCall}, kOutside); }
    Graph& ret() { return add(ir::IndirectJump{0, JumpHint::kReturn}, kOutside); }
    Graph& jump_anywhere() { return add(ir::IndirectJump{0}, kOutside); }
    Graph& jumped_to() {
        region_.blocks.back().jumped_to = true;
        return *this;
    }
    Graph& ran(u64 times) {
        region_.blocks.back().weight = times;
        return *this;
    }

    ir::Region region() {
        for (RegionIndex i = 0; i + 1 < region_.blocks.size(); ++i)
            region_.blocks[i + 1].returned_to = calls(region_.blocks[i].block.terminal);
        return region_;
    }
    Entries entries() { return find_entries(region()); }

  private:
    Graph& add(ir::Terminal terminal, RegionIndex next, RegionIndex not_taken = kOutside) {
        ir::RegionBlock block{.block = {}, .offset = 0, .weight = 1};
        block.block.terminal = std::move(terminal);
        block.block.end = kDistance;
        block.offset = static_cast<i64>(region_.blocks.size()) * kDistance;
        block.next = next;
        block.not_taken = not_taken;
        region_.blocks.push_back(std::move(block));
        return *this;
    }

    ir::Region region_;
};

TEST(RegionEntries, StraightCodeIsEnteredAtItsBegin) {
    EXPECT_EQ(Graph().jump(1).branch(2, 3).jump(3).jump(kOutside).entries(), (Entries{0}));
}

TEST(RegionEntries, LoopsAreEnteredAtTheirHead) {
    EXPECT_EQ(Graph().branch(0, kOutside).entries(), (Entries{0}));
    EXPECT_EQ(Graph().jump(1).jump(2).branch(1, kOutside).entries(), (Entries{0, 1}));
    // One in the other.
    EXPECT_EQ(Graph().jump(1).jump(2).branch(2, 3).branch(1, kOutside).entries(),
              (Entries{0, 2, 1}));
    // From the middle.
    EXPECT_EQ(Graph().jump(1).jump(0).entries(), (Entries{0}));
}

// Nothing but ways back tells what is a loop.
TEST(RegionEntries, LoopAroundTheSeed) {
    EXPECT_EQ(loop_around_seed(Graph().jump(1).jump(kOutside).region()), 0u);
    EXPECT_EQ(loop_around_seed(Graph().jump(1).branch(1, kOutside).region()), 0u);
    EXPECT_EQ(loop_around_seed(Graph().branch(0, kOutside).region()), 0u);
    // 0, which lies behind 1 and 2, leads to 2; 2 is the head of the loop, 1 that of the outer one.
    Graph nested;
    nested.branch(2, 3).jump(2).jump(0).branch(1, kOutside);
    ir::Region region = nested.region();
    const i64 places[] = {2, 0, 1, 3};
    for (RegionIndex i = 0; i < 4; ++i) region.blocks[i].offset = places[i] * kDistance;
    EXPECT_EQ(loop_around_seed(region), 2u);
    // A loop of its own is the innermost.
    region.blocks[0].not_taken = 0;
    EXPECT_EQ(loop_around_seed(region), 0u);
    region.blocks[0].next = region.blocks[0].not_taken = kOutside;
    EXPECT_EQ(loop_around_seed(region), 1u);
}

TEST(RegionEntries, CallsThatLeaveReturnToAnEntry) {
    EXPECT_EQ(Graph().call(kOutside).jump(2).ret().entries(), (Entries{0, 1}));
    EXPECT_EQ(Graph().call_anything().jump(kOutside).entries(), (Entries{0, 1}));
}

TEST(RegionEntries, CallsInsideReturnByThemselves) {
    EXPECT_EQ(Graph().call(2).jump(kOutside).ret().entries(), (Entries{0}));
}

// Who called last is not known: every return may go to every place.
TEST(RegionEntries, ReturnsCloseCycles) {
    // 0 calls 3, 1 calls 3 again, which may return to 1.
    EXPECT_EQ(Graph().call(3).call(3).jump(kOutside).ret().entries(), (Entries{0, 3}));
    // A loop around a call.
    EXPECT_EQ(Graph().jump(1).call(3).branch(1, kOutside).ret().entries(), (Entries{0, 1}));
}

TEST(RegionEntries, ComputedJumpsCloseCycles) {
    EXPECT_EQ(Graph().jump(1).jump_anywhere().jumped_to().entries(), (Entries{0, 1}));
    // 1 leads to 2 and 3, which lead back; to 4 nothing does.
    Graph graph;
    graph.jump(1).jump_anywhere().jump(1).jumped_to().branch(1, kOutside).jumped_to().ret();
    EXPECT_EQ(graph.entries(), (Entries{0, 1, 4}));
}

TEST(RegionEntries, FunctionsWithOtherCallers) {
    EXPECT_EQ(Graph().call(2).ran(10).jump(kOutside).ret().ran(20).entries(), (Entries{0}));
    EXPECT_EQ(Graph().call(2).ran(10).jump(kOutside).ret().ran(21).entries(), (Entries{0, 2}));
}

TEST(RegionEntries, BlocksThatNothingLeadsToAreEntries) {
    EXPECT_EQ(Graph().jump(kOutside).jump(2).jump(kOutside).entries(), (Entries{0, 1}));
}

// Whether going on from `index` comes back there without an entry on the way.
bool cycles_past(const ir::Region& region, const std::set<RegionIndex>& entries,
                 RegionIndex index) {
    std::set<RegionIndex> seen;
    std::vector<RegionIndex> open{index};
    while (!open.empty()) {
        const ir::RegionBlock& block = region.blocks[open.back()];
        open.pop_back();
        std::vector<RegionIndex> to{block.next, block.not_taken};
        const auto* jump = std::get_if<ir::IndirectJump>(&block.block.terminal);
        if (jump != nullptr && jump->hint == JumpHint::kReturn)
            for (RegionIndex i = 0; i < region.blocks.size(); ++i)
                if (region.blocks[i].returned_to) to.push_back(i);
        for (const RegionIndex next : to) {
            if (next == kOutside || entries.contains(next)) continue;
            if (next == index) return true;
            if (seen.insert(next).second) open.push_back(next);
        }
    }
    return false;
}

TEST(RegionEntries, NoCycleIsWithoutOne) {
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
        const auto pick = [&](unsigned most) { return static_cast<unsigned>(random() % most); };
        const unsigned size = 1 + pick(12);
        Graph graph;
        const auto any = [&]() -> RegionIndex { return pick(5) == 0 ? kOutside : pick(size); };
        for (unsigned i = 0; i < size; ++i) {
            switch (pick(4)) {
                case 0:
                    graph.jump(any());
                    break;
                case 1:
                    graph.branch(any(), any());
                    break;
                case 2:
                    graph.call(any());
                    break;
                default:
                    graph.ret();
            }
        }
        const ir::Region region = graph.region();
        const Entries found = find_entries(region);
        const std::set<RegionIndex> entries(found.begin(), found.end());
        ASSERT_EQ(entries.size(), found.size());
        ASSERT_EQ(found.front(), 0u);
        for (RegionIndex i = 0; i < size; ++i) ASSERT_FALSE(cycles_past(region, entries, i));
    }
}

}  // namespace
}  // namespace kiln
