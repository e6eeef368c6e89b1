// What the engine does with native code: when it has it made, how pieces of it lead to each other,
// and what becomes of them.
#include "native_engine_rig.h"

namespace kiln {
namespace {

using namespace engine_test;

// t0 counts up to t1, in one block; the program ends in a loop at kCode + 12.
void put_loop(Rig& rig, u64 rounds) {
    rig.put(kCode, {"addi t0, t0, 1", "addi t2, t2, 3", "bne t0, t1, .-8", "jal zero, .+0"});
    rig.hart().set_x(kT0, 0);
    rig.hart().set_x(kT1, rounds);
}

TEST(EngineNative, BlockIsCompiledWhenItIsHot) {
    for (const u64 tier_up : {1u, 2u, 4u, 40u, 41u}) {
        NativeRig rig(tier_up);
        put_loop(rig, 1000);
        rig.run(kCode, 3000);
        EXPECT_EQ(rig.hart().pc, kCode + 12);
        EXPECT_EQ(rig.hart().x(kT0), 1000u);
        EXPECT_EQ(rig.hart().x(kT2), 3000u);
        EXPECT_EQ(rig.hot().blocks_compiled, 1u);
        EXPECT_EQ(rig.at(kCode).compiled, 1u);
        // The interpreter ran it until then, and every round was run by one of the two.
        EXPECT_EQ(rig.at(kCode).entries,
                  (tier_up - 1) / std::max<u64>(tier_up / 4, 1) * std::max<u64>(tier_up / 4, 1) +
                      std::max<u64>(tier_up / 4, 1) - 1);
        EXPECT_EQ(rig.at(kCode).entries + rig.native(), 1000u);
    }
}

TEST(EngineNative, ColdCodeIsNotCompiled) {
    NativeRig rig;
    put_loop(rig, kTierUp - 1);
    rig.run(kCode, 3 * (kTierUp - 1));
    EXPECT_EQ(rig.at(kCode).entries, kTierUp - 1);
    EXPECT_EQ(rig.log().asked, 0u);
}

TEST(EngineNative, TierUpZeroCompilesBeforeTheFirstRun) {
    NativeRig rig(0);
    put_loop(rig, 100);
    rig.run(kCode, 310);
    EXPECT_EQ(rig.hart().x(kT0), 100u);
    EXPECT_EQ(rig.at(kCode).entries, 0u);
    EXPECT_EQ(rig.at(kCode + 12).entries, 0u);
    EXPECT_EQ(rig.native(), 110u);
}

TEST(EngineNative, RefusedBlockStaysInterpreted) {
    NativeRig rig;
    rig.log().refuses = true;
    put_loop(rig, 1000);
    rig.run(kCode, 3000);
    EXPECT_EQ(rig.log().asked, 1u);
    EXPECT_EQ(rig.hot().blocks_refused, 1u);
    EXPECT_EQ(rig.at(kCode).entries, 1000u);
    EXPECT_EQ(rig.hart().x(kT2), 3000u);
}

// However the run is sliced, the guest's state is the interpreter's, and it ends where the count
// says.
TEST(EngineNative, SlicesAreExact) {
    for (const i64 slice : {1, 2, 3, 5, 7, 64}) {
        NativeRig rig(4);
        put_loop(rig, 1000);
        rig.hart().pc = kCode;
        u64 begun = 0;
        for (i64 left = 3000; left > 0; left -= slice) {
            const i64 now = std::min(slice, left);
            EXPECT_EQ(rig.engine().run(rig.hart(), now), StopReason::kBudget);
            begun += static_cast<u64>(now);
            ASSERT_EQ(rig.hart().begun(), begun);
            ASSERT_EQ(rig.hart().pc, begun == 3000 ? kCode + 12 : kCode + begun % 3 * 4);
            ASSERT_EQ(rig.hart().x(kT2), 3 * ((begun + 1) / 3));
        }
        EXPECT_EQ(rig.hart().x(kT0), 1000u);
        EXPECT_NE(rig.native(), 0u);
    }
}

// Blocks in a ring: each edge is linked once, and then execution stays in native code.
TEST(EngineNative, EdgesInsideAPageAreLinkedOnce) {
    NativeRig rig(0);
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+28"});
    rig.put(kCode + 32, {"addi t2, t2, 1", "jal zero, .+28"});
    rig.put(kCode + 64, {"addi t3, t3, 1", "jal zero, .-68"});
    rig.run(kCode, 6 * 1000);
    EXPECT_EQ(rig.hart().x(kT3), 1000u);
    EXPECT_EQ(rig.hot().links, 3u);
    EXPECT_EQ(rig.native(), 3000u);
    // Those of one run serve the next.
    rig.run(kCode, 6 * 1000);
    EXPECT_EQ(rig.hot().links, 3u);
}

// A patched block is left by the edges that led to it, and they lead to the new one later.
TEST(EngineNative, PatchedBlockIsReplaced) {
    NativeRig rig(0);
    for (u64 round = 1; round <= 20; ++round) {
        rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+28"});
        rig.put(kCode + 32, {"addi t2, zero, " + std::to_string(round), "jal zero, .-36"});
        rig.run(kCode, 400);
        EXPECT_EQ(rig.hart().x(kT2), round);
        EXPECT_EQ(rig.hart().x(kT0), 100 * round);
    }
    EXPECT_EQ(rig.engine().stats().native_invalidated, 2u * 19);
    EXPECT_EQ(rig.native(), 200u * 20);
    // The first block is the same each time, the second never.
    EXPECT_EQ(rig.hot().blocks_compiled, 1u + 20);
    EXPECT_EQ(rig.hot().blocks_revived, 19u);
}

// An instruction that is cut off by the page's end is no part of the block in front of it, whatever
// its bytes become before the block is compiled.
TEST(EngineNative, CodeEndsWhereItsBlockDoes) {
    PagedRig rig(kTierUp);
    const u64 last = kCode + kPageSize - 2;
    const u16 half = 0x0013;
    rig.put(last - 4, {"addi t0, t0, 1"});
    rig.write(last, &half, sizeof half);
    rig.put(kOther, {"c.nop", "jal zero, .-8"});
    const u64 start = PagedRig::kSecond - 6;
    rig.run(start, 4);
    rig.put(last, {"c.addi t2, 1"});
    rig.run(start, 4 * 100);
    EXPECT_NE(rig.native(), 0u);
    rig.put(last, {"c.addi t2, 3"});
    rig.run(start, 4 * 100);
    EXPECT_EQ(rig.hart().x(kT2), 100u + 300u);
}

// What was compiled once is not compiled again when the guest writes it again.
TEST(EngineNative, CodeThatComesBackIsRevived) {
    NativeRig rig(0);
    u64 sum = 0;
    for (u64 round = 1; round <= 20; ++round) {
        const u64 step = round % 2 == 0 ? 7 : 1;
        rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+28"});
        rig.put(kCode + 32, {"addi t2, t2, " + std::to_string(step), "jal zero, .-36"});
        rig.run(kCode, 400);
        sum += 100 * step;
        ASSERT_EQ(rig.hart().x(kT2), sum);
        ASSERT_EQ(rig.hart().x(kT0), 100 * round);
    }
    EXPECT_EQ(rig.log().asked, 3u);
    EXPECT_EQ(rig.hot().blocks_compiled, 3u);
    EXPECT_EQ(rig.hot().blocks_revived, 2u * 20 - 3);
    EXPECT_EQ(rig.native(), 200u * 20);
}

// It is hot at once, though it was cold to begin with.
TEST(EngineNative, RevivedBlockIsNotCounted) {
    NativeRig rig;
    for (const unsigned step : {1u, 2u, 1u}) {
        rig.put(kCode, {"addi t2, t2, " + std::to_string(step), "jal zero, .-4"});
        rig.run(kCode, 2 * 100);
    }
    EXPECT_EQ(rig.hot().blocks_revived, 1u);
    EXPECT_EQ(rig.at(kCode).entries, 0u);
    EXPECT_EQ(rig.at(kCode).compiled, 1u);
    EXPECT_EQ(rig.hart().x(kT2), 400u);
}

// What leads to it and where it leads to is linked anew, and once.
TEST(EngineNative, RevivedBlockIsLinkedAnew) {
    NativeRig rig(0);
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+28"});
    rig.put(kCode + 32, {"addi t2, t2, 1", "jal zero, .+28"});
    rig.put(kCode + 64, {"addi t3, t3, 1", "jal zero, .-68"});
    rig.run(kCode, 600);
    // Elsewhere meanwhile: what it led to is not written, what led to it neither.
    rig.put(kCode + 32, {"addi t2, t2, 5", "jal zero, .-36"});
    rig.run(kCode, 400);
    EXPECT_EQ(rig.hart().x(kT3), 100u);
    EXPECT_EQ(rig.hot().links, 5u);
    rig.put(kCode + 32, {"addi t2, t2, 1", "jal zero, .+28"});
    rig.run(kCode, 600);
    EXPECT_EQ(rig.hot().links, 7u);
    rig.run(kCode, 600);
    EXPECT_EQ(rig.hot().links, 7u);
    EXPECT_EQ(rig.hart().x(kT0), 400u);
    EXPECT_EQ(rig.hart().x(kT2), 100u + 500u + 200u);
    EXPECT_EQ(rig.hart().x(kT3), 300u);
    EXPECT_EQ(rig.hot().blocks_compiled, 4u);
    // It goes again as any other does.
    rig.put(kCode + 32, {"addi t2, t2, 9"});
    rig.run(kCode, 600);
    EXPECT_EQ(rig.hart().x(kT2), 800u + 900u);
}

// Where its target was written while it was dormant, it leads to what is there now.
TEST(EngineNative, RevivedBlockLeadsToWhatIsThereNow) {
    NativeRig rig(0);
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+28"});
    rig.put(kCode + 32, {"addi t2, t2, 1", "jal zero, .-36"});
    rig.run(kCode, 400);
    rig.put(kCode, {"addi t0, t0, 2"});
    rig.put(kCode + 32, {"addi t2, t2, 10"});
    rig.run(kCode, 400);
    rig.put(kCode, {"addi t0, t0, 1"});
    rig.run(kCode, 400);
    EXPECT_EQ(rig.hot().blocks_revived, 1u);
    EXPECT_EQ(rig.hart().x(kT0), 400u);
    EXPECT_EQ(rig.hart().x(kT2), 100u + 1000u + 1000u);
}

// Code of the same bytes elsewhere is other code.
TEST(EngineNative, PlaceAndModeTellCodeApart) {
    PagedRig rig;
    const std::initializer_list<std::string> code = {"addi t0, t0, 1", "jal zero, .-4"};
    rig.put(kCode, code);
    rig.run(PagedRig::kFirst, 100);
    rig.put(kCode, {"addi t0, t0, 2"});
    rig.put(kOther, code);
    rig.run(PagedRig::kSecond, 100);
    EXPECT_EQ(rig.hot().blocks_revived, 0u);
    EXPECT_EQ(rig.hart().pc, PagedRig::kSecond);
    rig.put(kCode, code);
    rig.hart().priv = Priv::kMachine;
    rig.hart().update_context();
    rig.run(kCode, 100);
    EXPECT_EQ(rig.hot().blocks_revived, 0u);
    EXPECT_EQ(rig.hot().blocks_compiled, 3u);
    EXPECT_EQ(rig.hart().x(kT0), 150u);
}

// Dormant code whose place was used again is gone.
TEST(EngineNative, CodeThatMadeRoomIsNotRevived) {
    NativeRig rig(0);
    rig.log().block_bytes = 60'000;
    const auto spin = [&](const char* line) {
        rig.put(kCode, {line, "jal zero, .-4"});
        rig.run(kCode, 20);
    };
    spin("addi t0, t0, 1");
    spin("addi t0, t0, 2");
    for (u64 at = kOther; rig.hot().reuses < 8; at += 16) {
        rig.put(at, {"addi t2, t2, 1", "jal zero, .-4"});
        rig.run(at, 20);
    }
    spin("addi t0, t0, 1");
    spin("addi t0, t0, 2");
    EXPECT_EQ(rig.hot().blocks_revived, 0u);
    spin("addi t0, t0, 1");
    EXPECT_EQ(rig.hot().blocks_revived, 1u);
    EXPECT_EQ(rig.hart().x(kT0), 10u * (1 + 2 + 1 + 2 + 1));
}

// Only what is written goes: its neighbour keeps its code.
TEST(EngineNative, InvalidationIsByBytes) {
    NativeRig rig(0);
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+28"});
    rig.put(kCode + 32, {"addi t2, t2, 1", "jal zero, .-36"});
    rig.run(kCode, 400);
    rig.put(kCode + 32, {"addi t2, t2, 5"});
    rig.run(kCode, 400);
    EXPECT_EQ(rig.hart().x(kT0), 200u);
    EXPECT_EQ(rig.hart().x(kT2), 100u + 500u);
    EXPECT_EQ(rig.hot().blocks_compiled, 3u);
    EXPECT_EQ(rig.engine().stats().native_invalidated, 1u);
}

TEST(EngineNative, EdgesBetweenPagesFollowTheMapping) {
    PagedRig rig;
    const u64 third = kOther + kPageSize;
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+4092"});
    rig.put(kOther, {"addi t2, t2, 1", "jal zero, .-4100"});
    rig.put(third, {"addi t2, t2, 100", "jal zero, .-4100"});
    rig.run(PagedRig::kFirst, 400);
    EXPECT_EQ(rig.hart().x(kT2), 100u);
    EXPECT_EQ(rig.hot().links, 2u);
    rig.remap(PagedRig::kSecond, third);
    rig.run(PagedRig::kFirst, 400);
    EXPECT_EQ(rig.hart().x(kT0), 200u);
    EXPECT_EQ(rig.hart().x(kT2), 100u + 10000u);
    // Back again: the first block's code is still there.
    rig.remap(PagedRig::kSecond, kOther);
    rig.run(PagedRig::kFirst, 400);
    EXPECT_EQ(rig.hart().x(kT2), 200u + 10000u);
    EXPECT_EQ(rig.hot().blocks_compiled, 3u);
    EXPECT_EQ(rig.native(), 600u);
    EXPECT_EQ(rig.hart().pc, PagedRig::kFirst);
}

// The same code at two addresses is one block, and its pc is the one that it was entered with.
TEST(EngineNative, AliasesShareCode) {
    PagedRig rig;
    rig.map(PagedRig::kSecond, kCode);
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+12"});
    rig.put(kCode + 16, {"addi t2, t2, 1", "jal zero, .-20"});
    rig.run(PagedRig::kFirst, 402);
    EXPECT_EQ(rig.hart().pc, PagedRig::kFirst + 16);
    rig.run(PagedRig::kSecond, 402);
    EXPECT_EQ(rig.hart().pc, PagedRig::kSecond + 16);
    EXPECT_EQ(rig.hot().blocks_compiled, 2u);
    EXPECT_EQ(rig.hot().links, 2u);
    EXPECT_EQ(rig.hart().x(kT0), 202u);
}

// An instruction across two pages: which second half it has depends on the mapping, even for those
// who reach it from its own page.
TEST(EngineNative, EdgesToAStraddlingBlockFollowTheMapping) {
    PagedRig rig;
    const u64 third = kOther + kPageSize;
    const u64 last = kCode + kPageSize - 2;
    const auto split = [&](u64 second, const char* line) {
        std::string error;
        const auto insn = riscv::assemble(line, Isa::everything(64), 0, error);
        const u16 low = static_cast<u16>(insn->bits);
        const u16 high = static_cast<u16>(insn->bits >> 16);
        rig.write(last, &low, 2);
        rig.write(second, &high, 2);
    };
    split(third, "addi t2, t2, 100");
    split(kOther, "addi t2, t2, 1");
    for (const u64 page : {kOther, third}) rig.put(page + 2, {"jal zero, .-18"});
    rig.put(last - 14, {"addi t0, t0, 1", "jal zero, .+10"});
    const auto start = PagedRig::kFirst + kPageSize - 16;
    rig.run(start, 400);
    EXPECT_EQ(rig.hart().x(kT2), 100u);
    rig.remap(PagedRig::kSecond, third);
    rig.run(start, 400);
    EXPECT_EQ(rig.hart().x(kT2), 100u + 10000u);
    EXPECT_EQ(rig.hart().x(kT0), 200u);
    EXPECT_EQ(rig.native(), 600u);
}

// Computed jumps find native code by themselves after the first time.
TEST(EngineNative, ComputedJumps) {
    NativeRig rig(0);
    rig.put(kCode, {"addi t0, t0, 1", "jalr zero, 0(t1)"});
    rig.put(kCode + 32, {"addi t2, t2, 1", "jalr zero, 0(t3)"});
    rig.hart().set_x(kT1, kCode + 32);
    rig.hart().set_x(kT3, kCode);
    rig.run(kCode, 4000);
    EXPECT_EQ(rig.hart().x(kT2), 1000u);
    EXPECT_EQ(rig.native(), 2000u);
    // The table does not lead to code that was written since.
    rig.put(kCode + 32, {"addi t2, t2, 7"});
    rig.run(kCode, 4000);
    EXPECT_EQ(rig.hart().x(kT0), 2000u);
    EXPECT_EQ(rig.hart().x(kT2), 1000u + 7000u);
    EXPECT_EQ(rig.hot().blocks_compiled, 3u);
    // It does to code that is there again.
    rig.put(kCode + 32, {"addi t2, t2, 1"});
    rig.run(kCode, 4000);
    EXPECT_EQ(rig.hart().x(kT2), 8000u + 1000u);
    EXPECT_EQ(rig.hot().blocks_compiled, 3u);
    EXPECT_EQ(rig.hot().blocks_revived, 1u);
}

TEST(EngineNative, ComputedJumpsFollowTheMapping) {
    PagedRig rig;
    const u64 third = kOther + kPageSize;
    rig.put(kCode, {"addi t0, t0, 1", "jalr zero, 0(t1)"});
    rig.put(kOther, {"addi t2, t2, 1", "jalr zero, 0(t3)"});
    rig.put(third, {"addi t2, t2, 100", "jalr zero, 0(t3)"});
    rig.hart().set_x(kT1, PagedRig::kSecond);
    rig.hart().set_x(kT3, PagedRig::kFirst);
    rig.run(PagedRig::kFirst, 400);
    rig.remap(PagedRig::kSecond, third);
    rig.run(PagedRig::kFirst, 400);
    EXPECT_EQ(rig.hart().x(kT2), 100u + 10000u);
    EXPECT_EQ(rig.native(), 400u);
}

// What native code leaves to the interpreter is one instruction: it goes on natively behind.
TEST(EngineNative, InterpreterRunsWhatNativeCodeCannot) {
    for (const u64 tier_up : {u64{0}, u64{1}, kTierUp}) {
        NativeRig rig(tier_up);
        rig.put(kCode, {"addi t0, t0, 1", "ld t2, 0(s2)", "addi t2, t2, 5", "sd t2, 0(s2)",
                        "bne t0, t1, .-16", "jal zero, .+0"});
        rig.hart().set_x(kT1, 500);
        rig.hart().set_x(18, kRamBase + 0x8000);
        rig.run(kCode, 2500);
        EXPECT_EQ(rig.hart().pc, kCode + 20);
        EXPECT_EQ(rig.hart().x(kT2), 2500u);
        u64 stored;
        std::memcpy(&stored, rig.memory().host(kRamBase + 0x8000), sizeof stored);
        EXPECT_EQ(stored, 2500u);
        EXPECT_NE(rig.native(), 0u);
    }
}

TEST(EngineNative, TrapsAreExact) { check_traps_are_exact<NativeRig>(); }

// A hot block brings with it what it leads to in its page and has run.
TEST(EngineNative, NeighboursAreCompiledTogether) {
    NativeRig rig;
    // Each third round takes the way over kCode + 64; kCode + 128 never runs.
    rig.put(kCode, {"addi t0, t0, 1", "bne t0, t1, .+60", "addi t0, zero, 0", "jal zero, .+116"});
    rig.put(kCode + 64, {"addi t2, t2, 1", "bne t2, t3, .-68"});
    rig.put(kCode + 72, {"jal zero, .-72"});
    rig.put(kCode + 128, {"jal zero, .-128"});
    rig.hart().set_x(kT1, kTierUp * 100);
    rig.hart().set_x(kT3, kTierUp * 100);
    rig.run(kCode, 4 * (kTierUp - 1));
    EXPECT_EQ(rig.log().compiled.size(), 0u);
    rig.run(kCode, 4);
    EXPECT_EQ(rig.log().compiled, (std::vector<u32>{0, 64}));
    EXPECT_EQ(rig.at(kCode + 64).entries, kTierUp - 1);
}

// Blocks of a page that is hot as a whole need not be hot by themselves.
TEST(EngineNative, HotPage) {
    NativeRig rig;
    constexpr u64 kRounds = kTierUp / 2;
    std::vector<u64> starts;
    for (u64 at = kCode; at < kCode + 64 * 32; at += 32) {
        rig.put(at, {"addi t0, t0, 1", "bne t0, t1, .-4", "jal zero, .+0"});
        rig.hart().set_x(kT0, 0);
        rig.hart().set_x(kT1, kRounds);
        rig.run(at, 2 * kRounds);
        starts.push_back(at);
    }
    EXPECT_FALSE(rig.compiled(starts.front()));
    EXPECT_TRUE(rig.compiled(starts.back()));
    EXPECT_EQ(rig.hart().x(kT0), kRounds);
}

// When the memory for code is used up, the oldest goes and everything still runs.
TEST(EngineNative, CodeSpaceIsUsedAgain) {
    NativeRig rig(0);
    rig.log().block_bytes = 30'000;
    constexpr u64 kBlocks = 100;
    for (u64 i = 0; i < kBlocks; ++i) rig.put(kCode + i * 16, {"addi t0, t0, 1", "jal zero, .+12"});
    rig.put(kCode + kBlocks * 16, {"jalr zero, 0(t1)"});
    rig.hart().set_x(kT1, kCode);
    constexpr u64 kRound = 2 * kBlocks + 1;
    for (u64 round = 1; round <= 5; ++round) {
        rig.run(kCode, kRound);
        EXPECT_EQ(rig.hart().pc, kCode);
        EXPECT_EQ(rig.hart().x(kT0), round * kBlocks);
        EXPECT_NE(rig.hot().reuses, 0u);
        EXPECT_LT(rig.at(kCode).compiled + rig.engine().counts(kCode, kPageSize).compiled, kBlocks);
    }
    // The same again, small: it fits.
    rig.log().block_bytes = 0;
    const u64 reuses = rig.hot().reuses;
    for (int round = 0; round < 20; ++round) rig.run(kCode, kRound);
    EXPECT_LE(rig.hot().reuses, reuses + 8);
    EXPECT_EQ(rig.engine().counts(kCode, kPageSize).compiled, kBlocks + 1);
    EXPECT_EQ(rig.hart().x(kT0), 25 * kBlocks);
}

// A block that loses its code to make room is as hot as before.
TEST(EngineNative, BlockThatMadeRoomComesBackSoon) {
    NativeRig rig(400);
    rig.log().block_bytes = 60'000;
    put_loop(rig, 1000);
    rig.run(kCode, 3000);
    EXPECT_EQ(rig.at(kCode).compiled, 1u);
    for (u64 at = kOther; at < kOther + 32 * 40; at += 32) {
        rig.put(at, {"addi t0, t0, 1", "bne t0, t1, .-4", "jal zero, .+0"});
        rig.hart().set_x(kT0, 0);
        rig.run(at, 2000);
    }
    EXPECT_EQ(rig.at(kCode).compiled, 0u);
    const u64 counted = rig.at(kCode).entries;
    rig.hart().set_x(kT0, 0);
    rig.run(kCode, 3 * 400);
    EXPECT_EQ(rig.at(kCode).compiled, 1u);
    EXPECT_LT(rig.at(kCode).entries, counted + 200);
}

// The interpreter's blocks go, and native code before them.
TEST(EngineNative, EmptiedCache) {
    NativeRig rig(0, 2, {.cache_limit = 1});
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+12"});
    rig.put(kCode + 16, {"addi t2, t2, 1", "jalr zero, 0(t1)"});
    for (unsigned id = 0; id < 2; ++id) {
        rig.hart(id).set_x(kT1, kCode);
        rig.hart(id).pc = kCode;
    }
    for (int i = 0; i < 100; ++i) {
        rig.engine().run(rig.hart(0), 7);
        rig.engine().run(rig.hart(1), 5);
    }
    EXPECT_EQ(rig.hart(0).x(kT0) + rig.hart(0).x(kT2), 350u);
    EXPECT_EQ(rig.hart(1).x(kT0) + rig.hart(1).x(kT2), 250u);
    EXPECT_NE(rig.native(0), 0u);
}

// Two harts run the same code, each under its own mapping's key.
TEST(EngineNative, HartsShareCode) {
    PagedRig rig(0, 2);
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+4092"});
    rig.put(kOther, {"addi t2, t2, 1", "jalr zero, 0(t1)"});
    for (unsigned id = 0; id < 2; ++id) {
        rig.hart(id).set_x(kT1, PagedRig::kFirst);
        rig.hart(id).pc = PagedRig::kFirst;
    }
    for (int i = 0; i < 50; ++i)
        for (unsigned id = 0; id < 2; ++id) rig.engine().run(rig.hart(id), 40);
    for (unsigned id = 0; id < 2; ++id) {
        EXPECT_EQ(rig.hart(id).x(kT0), 500u);
        EXPECT_EQ(rig.hart(id).x(kT2), 500u);
        EXPECT_EQ(rig.native(id), 1000u);
    }
    EXPECT_EQ(rig.hot().blocks_compiled, 2u);
}

// An interrupt that comes where an edge would have been linked does not link it to the handler.
TEST(EngineNative, InterruptDoesNotMisleadAnEdge) {
    NativeRig rig(0);
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+28"});
    rig.put(kCode + 32, {"addi t2, t2, 1", "jal zero, .-36"});
    rig.put(kOther, {"addi t3, t3, 1", "csrrw zero, mie, zero", "mret"});
    rig.csr("mtvec", kOther);
    rig.csr("mie", riscv::irq_bit(riscv::kIrqMSoft));
    rig.csr("mstatus", riscv::kMstatusMie);
    rig.hart().exit_request = 0;
    rig.hart().pc = kCode;
    // Pending, and seen when native code is left through its first edge.
    rig.hart().set_irq(riscv::kIrqMSoft, true);
    rig.hart().exit_request = 0;
    rig.hart().mie = 0;
    rig.engine().run(rig.hart(), 2);
    rig.csr("mie", riscv::irq_bit(riscv::kIrqMSoft));
    rig.engine().run(rig.hart(), 3 + 400);
    EXPECT_EQ(rig.hart().x(kT3), 1u);
    EXPECT_EQ(rig.hart().x(kT0) + rig.hart().x(kT2), 201u);
}

TEST(EngineNative, RequestedBlocksAreCompiledWhenTheyRunNext) {
    NativeRig rig(1'000'000);
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+28"});
    rig.put(kCode + 32, {"addi t2, t2, 1", "jal zero, .-36"});
    rig.run(kCode, 40);
    EXPECT_EQ(rig.engine().request(kCode + 8, 8), 0u);
    EXPECT_EQ(rig.engine().request(kCode + 32, 4), 1u);
    EXPECT_EQ(rig.log().asked, 0u);
    rig.run(kCode, 40);
    EXPECT_TRUE(rig.compiled(kCode + 32));
    EXPECT_EQ(rig.at(kCode + 32).entries, 10u);
    EXPECT_EQ(rig.hart().x(kT2), 20u);
    EXPECT_EQ(rig.engine().request(kCode + 32, 4), 0u);
}

}  // namespace
}  // namespace kiln
