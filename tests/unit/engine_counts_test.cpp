// What the engine knows of the blocks in a range.
#include "engine_rig.h"

namespace kiln {
namespace {

using namespace engine_test;

constexpr u64 kCode = kRamBase + 0x4000;
constexpr u64 kPage = 0x1000;

void expect(Rig& rig, u64 address, u64 size, const BlockCounts& want) {
    const BlockCounts got = rig.engine().counts(address, size);
    EXPECT_EQ(got.blocks, want.blocks);
    EXPECT_EQ(got.instructions, want.instructions);
    EXPECT_EQ(got.entries, want.entries);
}

TEST(EngineCounts, BlockBelongsToTheRangeItBeginsIn) {
    Rig rig;
    rig.put(kCode, {"addi a0, a0, 1", "addi a0, a0, 1", "jal zero, .+8"});
    rig.put(kCode + 16, {"addi a0, a0, 1", "jal zero, .+0"});
    rig.run(kCode, 5);  // both, and the second's jump to itself has not begun
    expect(rig, kCode, 20, {2, 5, 2});
    expect(rig, kCode, 1, {1, 3, 1});
    expect(rig, kCode + 1, 15, {});
    expect(rig, kCode + 1, 16, {1, 2, 1});
    expect(rig, kCode + 16, 4, {1, 2, 1});
    expect(rig, kCode + 20, 4, {});
    expect(rig, kCode - 8, 8, {});
}

// Looked for page by page, or among all pages with code: whichever are fewer.
TEST(EngineCounts, RangeOverManyPages) {
    Rig rig;
    for (unsigned i = 0; i < 4; ++i) {
        rig.put(kCode + i * 2 * kPage, {"jal zero, .+0"});
        rig.run(kCode + i * 2 * kPage, 1);
    }
    expect(rig, kRamBase, kRamSize, {4, 4, 4});
    expect(rig, kCode + 1, kRamSize - 0x4001, {3, 3, 3});
    expect(rig, kCode, 2 * kPage, {1, 1, 1});
    expect(rig, kCode, 2 * kPage + 1, {2, 2, 2});
    expect(rig, kCode + 6 * kPage + 1, 0x100, {});
}

// A loop's block is entered once a round, however the run is cut into slices: through links,
// through the engine, and where a slice ends inside it.
TEST(EngineCounts, EntriesDoNotDependOnSlices) {
    constexpr u64 kRounds = 1000;
    for (const i64 slice : {1, 2, 3, 7, 64, 100000}) {
        Rig rig;
        rig.put(kCode, {"addi a0, a0, 1", "addi a1, a1, 2", "bne a0, a2, .-8", "jal zero, .+0"});
        rig.hart().set_x(12, kRounds);
        rig.hart().pc = kCode;
        for (u64 left = 3 * kRounds; left != 0; left -= std::min<u64>(left, slice))
            rig.engine().run(rig.hart(), std::min<i64>(slice, static_cast<i64>(left)));
        EXPECT_EQ(rig.hart().pc, kCode + 12);
        expect(rig, kCode, 4, {1, 3, kRounds});
    }
}

// The same for what is called through a register, whose target is looked up.
TEST(EngineCounts, EntriesThroughComputedJumps) {
    Rig rig;
    rig.put(kCode, {"jalr ra, 0(a1)", "addi a0, a0, 1", "bne a0, a2, .-8", "jal zero, .+0"});
    rig.put(kCode + 0x100, {"jalr zero, 0(ra)"});
    rig.hart().set_x(11, kCode + 0x100);
    rig.hart().set_x(12, 500);
    rig.run(kCode, 4 * 500);
    expect(rig, kCode + 0x100, 4, {1, 1, 500});
    expect(rig, kCode, 4, {1, 1, 500});
    expect(rig, kCode + 4, 4, {1, 2, 500});
}

TEST(EngineCounts, DroppedBlocksAreNotCounted) {
    Rig rig;
    rig.put(kCode, {"addi a0, a0, 1", "jal zero, .-4"});
    rig.run(kCode, 20);
    expect(rig, kCode, 8, {1, 2, 10});
    rig.put(kCode + 4, {"jal zero, .-4"});
    expect(rig, kCode, 8, {});
    rig.run(kCode, 6);
    expect(rig, kCode, 8, {1, 2, 3});
}

// One block for each mode that the code ran in.
TEST(EngineCounts, ModesHaveBlocksOfTheirOwn) {
    Rig rig;
    rig.put(kCode, {"addi a0, a0, 1", "jal zero, .-4"});
    rig.csr("pmpaddr0", ~u64{0});
    rig.csr("pmpcfg0", 0x1f);
    rig.run(kCode, 20);
    rig.hart().priv = Priv::kUser;
    rig.hart().update_context();
    rig.run(kCode, 10);
    expect(rig, kCode, 8, {2, 4, 15});
}

TEST(EngineCounts, StraddlingBlockIsCountedOnceWhereItBegins) {
    Rig rig;
    rig.put(kCode + kPage - 2, {"addi a0, zero, 5", "jal zero, .+0"});
    rig.run(kCode + kPage - 2, 1);
    expect(rig, kCode, 2 * kPage, {1, 1, 1});
    expect(rig, kCode, kPage, {1, 1, 1});
    expect(rig, kCode + kPage, kPage, {});
    expect(rig, kRamBase, kRamSize, {1, 1, 1});
}

// Both its parts lie on one page, which follows itself in virtual memory.
TEST(EngineCounts, StraddlingBlockOnOnePage) {
    Rig rig;
    const u64 root = kRamBase + 0x1000;
    const auto entry = [&](u64 at, u64 physical, u64 flags) {
        const u64 value = physical >> 12 << 10 | flags;
        rig.write(at, &value, sizeof value);
    };
    entry(root, root + 0x1000, 1);
    entry(root + 0x1000, root + 0x2000, 1);
    entry(root + 0x2000 + 8, kCode, 0x4b);
    entry(root + 0x2000 + 16, kCode, 0x4b);
    const u32 addi = 0x00500513;  // addi a0, zero, 5
    const u16 low = addi & 0xffff;
    const u16 high = addi >> 16;
    rig.write(kCode + kPage - 2, &low, 2);
    rig.write(kCode, &high, 2);
    rig.csr("pmpaddr0", ~u64{0});
    rig.csr("pmpcfg0", 0x1f);
    rig.csr("satp", u64{8} << 60 | root >> 12);
    rig.hart().priv = Priv::kSupervisor;
    rig.hart().update_context();
    rig.run(0x1000 + kPage - 2, 1);
    EXPECT_EQ(rig.hart().x(10), 5u);
    expect(rig, kCode, kPage, {1, 1, 1});
}

}  // namespace
}  // namespace kiln
