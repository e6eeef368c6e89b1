// The key of a region: all that changes its code changes the key, and nothing else does.
#include <functional>
#include <gtest/gtest.h>
#include <set>

#include "jit/kept/region_key.h"

namespace kiln::kept {
namespace {

u64 nothing(CpuState&, u64, u64, u64) noexcept { return 0; }
u64 something(CpuState&, u64, u64, u64) noexcept { return 1; }
constexpr Helper kHelper = {"helper", nothing};
constexpr Helper kSameName = {"helper", something};
constexpr Helper kOther = {"other", nothing};

// Two blocks with something in each field.
ir::Region region() {
    ir::Block block;
    block.end = 8;
    block.count = 2;
    block.insts = {
        {ir::Opcode::get, ir::Type::kI64, 0, ir::kNoExits, {}, 8},
        {ir::Opcode::load, ir::Type::kI32, 0, 0, {0, 1, 2, 3}, 16},
    };
    block.points = {{0, 0}, {4, 1}};
    block.exits = {{{0, 1}, {1, 2}}};
    block.live = {{40, 1}, {48, 0}};
    block.helpers = {&kHelper};
    block.terminal = ir::Jump{8, JumpHint::kCall};
    ir::Region region;
    region.blocks = {{block, 0x10, 1000, 1, ir::kOutside, false}, {block, 0x18, 5, 0, 1, true}};
    region.entries = {0, 1};
    return region;
}

Key key(const ir::Region& region) {
    KeyHasher hasher;
    add(hasher, region);
    return hasher.key();
}

Key key(const RegionSite& site) {
    KeyHasher hasher;
    add(hasher, site);
    return hasher.key();
}

// The first block with another terminal.
ir::Region ending_with(const ir::Terminal& terminal) {
    ir::Region changed = region();
    changed.blocks[0].block.terminal = terminal;
    return changed;
}

TEST(KeptKey, SameRegionSameKey) {
    EXPECT_EQ(key(region()), key(region()));
    EXPECT_EQ(key(region()).text().size(), 32u);
}

TEST(KeptKey, EachFieldCounts) {
    const std::function<void(ir::Region&, ir::Block&, ir::Inst&)> changes[] = {
        [](auto& r, auto&, auto&) { r.entries = {0}; },
        [](auto& r, auto&, auto&) {
            r.entries = {1, 0};
        },
        [](auto& r, auto&, auto&) { r.blocks.pop_back(); },
        [](auto& r, auto&, auto&) { std::swap(r.blocks[0], r.blocks[1]); },
        [](auto& r, auto&, auto&) { ++r.blocks[0].offset; },
        [](auto& r, auto&, auto&) { r.blocks[0].next = 0; },
        [](auto& r, auto&, auto&) { r.blocks[0].not_taken = 0; },
        [](auto& r, auto&, auto&) { r.blocks[0].returned_to = true; },
        [](auto& r, auto&, auto&) { r.blocks[0].jumped_to = true; },
        [](auto&, auto& b, auto&) { b.address = ir::Type::kI32; },
        [](auto&, auto& b, auto&) { ++b.end; },
        [](auto&, auto& b, auto&) { ++b.count; },
        [](auto&, auto& b, auto&) { ++b.points[1].pc; },
        [](auto&, auto& b, auto&) { ++b.points[1].begun; },
        [](auto&, auto& b, auto&) { ++b.exits[0].fault.first; },
        [](auto&, auto& b, auto&) { ++b.exits[0].fault.count; },
        [](auto&, auto& b, auto&) { ++b.exits[0].stop.first; },
        [](auto&, auto& b, auto&) { ++b.exits[0].stop.count; },
        [](auto&, auto& b, auto&) { ++b.live[0].offset; },
        [](auto&, auto& b, auto&) { ++b.live[0].value; },
        [](auto&, auto& b, auto&) { b.helpers = {&kOther}; },
        [](auto&, auto& b, auto&) { b.helpers.clear(); },
        [](auto&, auto& b, auto&) { b.insts.pop_back(); },
        [](auto&, auto&, auto& i) { i.opcode = ir::Opcode::store; },
        [](auto&, auto&, auto& i) { i.type = ir::Type::kI16; },
        [](auto&, auto&, auto& i) { ++i.point; },
        [](auto&, auto&, auto& i) { i.exits = ir::kNoExits; },
        [](auto&, auto&, auto& i) { ++i.operands[0]; },
        [](auto&, auto&, auto& i) { ++i.operands[3]; },
        [](auto&, auto&, auto& i) { i.imm ^= u64{1} << 63; },
    };
    std::set<std::string> keys = {key(region()).text()};
    size_t expected = 1;
    for (const auto& change : changes) {
        ir::Region changed = region();
        change(changed, changed.blocks[0].block, changed.blocks[0].block.insts[1]);
        keys.insert(key(changed).text());
        EXPECT_EQ(keys.size(), ++expected) << "change " << expected - 2;
    }
}

TEST(KeptKey, EachTerminalCounts) {
    const ir::Terminal terminals[] = {
        ir::Jump{8, JumpHint::kCall},
        ir::Jump{9, JumpHint::kCall},
        ir::Jump{8, JumpHint::kNone},
        ir::Branch{1, 2, 3},
        ir::Branch{0, 2, 3},
        ir::Branch{1, 0, 3},
        ir::Branch{1, 2, 0},
        ir::IndirectJump{8, JumpHint::kCall},
        ir::IndirectJump{9, JumpHint::kCall},
        ir::IndirectJump{8, JumpHint::kReturn},
        ir::Trap{8, 1},
        ir::Trap{9, 1},
        ir::Trap{8, 2},
        ir::HelperExit{0, {1, 2, 3}},
        ir::HelperExit{1, {1, 2, 3}},
        ir::HelperExit{0, {0, 2, 3}},
        ir::HelperExit{0, {1, 2, 0}},
    };
    std::set<std::string> keys;
    for (const ir::Terminal& terminal : terminals) keys.insert(key(ending_with(terminal)).text());
    EXPECT_EQ(keys.size(), std::size(terminals));
}

TEST(KeptKey, HelpersCountByTheirNames) {
    ir::Region moved = region();
    moved.blocks[0].block.helpers = {&kSameName};
    EXPECT_EQ(key(moved), key(region()));
}

TEST(KeptKey, OnlySeldomRunBlocksCountAsSuch) {
    ir::Region warmer = region();
    warmer.blocks[0].weight = 1100;
    warmer.blocks[1].weight = 6;
    EXPECT_EQ(key(warmer), key(region()));
    for (ir::RegionBlock& block : warmer.blocks) block.weight *= 1'000'000;
    EXPECT_EQ(key(warmer), key(region()));
    warmer.blocks[1].weight = warmer.blocks[0].weight / 2;
    EXPECT_NE(key(warmer), key(region()));
}

TEST(KeptKey, TheSiteCounts) {
    constexpr UserWindow kNone = UserWindow::kNone;
    const RegionSite site{true, kNone, 4094, 1, 2, 3};
    const RegionSite others[] = {
        {false, kNone, 4094, 1, 2, 3},
        {true, UserWindow::kWhole, 4094, 1, 2, 3},
        {true, UserWindow::kTable, 4094, 1, 2, 3},
        {true, kNone, 4095, 1, 2, 3},
        {true, kNone, 4094, 0, 2, 3},
        {true, kNone, 4094, 1, 0, 3},
        {true, kNone, 4094, 1, 2, 2},
    };
    std::set<std::string> keys = {key(site).text()};
    for (const RegionSite& other : others) keys.insert(key(other).text());
    EXPECT_EQ(keys.size(), 1 + std::size(others));
}

TEST(KeptKey, TextsThatRunTogetherDiffer) {
    const auto of = [](std::string_view first, std::string_view second) {
        KeyHasher hasher;
        hasher.text(first);
        hasher.text(second);
        return hasher.key();
    };
    EXPECT_NE(of("ab", "c"), of("a", "bc"));
    EXPECT_EQ(of("ab", "c"), of("ab", "c"));
}

}  // namespace
}  // namespace kiln::kept
