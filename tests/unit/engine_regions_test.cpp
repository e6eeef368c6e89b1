// Regions on an engine that compiles them while the guest waits: which blocks they have, how they
// are entered and left, and what becomes of them.
#include "region_rig.h"

namespace kiln {
namespace {

using namespace engine_test;
using Offsets = std::vector<i64>;

// t0 counts up to t1 in a loop of two blocks; t2 counts the second. Ends in a loop at kCode + 24.
void put_loop(Rig& rig, u64 rounds, u64 at = kCode) {
    rig.put(at, {"addi t0, t0, 1", "bne t0, t4, .+8", "addi t3, t3, 1", "addi t2, t2, 1",
                 "addi t2, t2, 1", "bne t0, t1, .-20", "jal zero, .+0"});
    rig.hart().set_x(kT0, 0);
    rig.hart().set_x(kT1, rounds);
    rig.hart().set_x(kT4, 0);
}

TEST(EngineRegions, LoopIsOneRegion) {
    RegionRig rig;
    put_loop(rig, 1000);
    rig.run(kCode, 5 * 1000 + 5);
    EXPECT_EQ(rig.hart().pc, kCode + 24);
    EXPECT_EQ(rig.hart().x(kT0), 1000u);
    EXPECT_EQ(rig.hart().x(kT2), 2000u);
    ASSERT_EQ(rig.regions().compiled.size(), 1u);
    // What did not run is not in it; the block that never ran in full is one of its own.
    EXPECT_EQ(rig.offsets(rig.last()), (Offsets{0, 12}));
    EXPECT_EQ(rig.entries(rig.last()).size(), 1u);
    EXPECT_EQ(rig.in_regions(), 2 * (1000 - (kTierUp - 1)));
    EXPECT_EQ(rig.level(kCode), 3u);
    EXPECT_EQ(rig.level(kCode + 12), 3u);
    EXPECT_EQ(rig.level(kCode + 24), 0u);
    const RegionStats stats = rig.region_stats();
    EXPECT_EQ(stats.compiled, 1u);
    EXPECT_EQ(stats.blocks, 2u);
    EXPECT_EQ(stats.instructions, 5u);
    EXPECT_EQ(stats.compile_seconds, 0.25);
}

TEST(EngineRegions, BlocksKnowWhereTheyLeadTo) {
    RegionRig rig;
    put_loop(rig, 1000);
    rig.run(kCode, 5000);
    const ir::Region& region = rig.regions().compiled.back();
    const auto index = [&](i64 offset) {
        return static_cast<u32>(&rig.block(offset) - region.blocks.data());
    };
    EXPECT_EQ(rig.block(0).next, index(12));
    EXPECT_EQ(rig.block(0).not_taken, ir::kOutside);
    EXPECT_EQ(rig.block(12).next, index(0));
    EXPECT_EQ(rig.block(12).not_taken, ir::kOutside);
    EXPECT_FALSE(rig.block(0).returned_to);
    EXPECT_GE(rig.block(0).weight, kTierUp - 2);
}

// However the run is sliced, the guest's state is the interpreter's, and it ends where the count
// says.
TEST(EngineRegions, SlicesAreExact) {
    for (const bool both : {false, true}) {
        for (const i64 slice : {1, 2, 3, 4, 5, 6, 7, 64, 1000}) {
            EngineSetup setup;
            if (both) setup.hot.make_backend = make_hand_backend;
            setup.hot.region_heat = 100;
            RegionRig rig(4, 1, setup);
            put_loop(rig, 1000);
            rig.hart().pc = kCode;
            for (u64 begun = 0; begun < 5000;) {
                const i64 now = std::min<i64>(slice, 5000 - static_cast<i64>(begun));
                EXPECT_EQ(rig.engine().run(rig.hart(), now), StopReason::kBudget);
                rig.engine().wait_until_idle();
                begun += static_cast<u64>(now);
                ASSERT_EQ(rig.hart().begun(), begun);
                const u64 places[] = {0, 4, 12, 16, 20};
                ASSERT_EQ(rig.hart().pc, begun == 5000 ? kCode + 24 : kCode + places[begun % 5]);
                ASSERT_EQ(rig.hart().x(kT0), (begun + 4) / 5);
                ASSERT_EQ(rig.hart().x(kT2), (begun + 2) / 5 + (begun + 1) / 5);
            }
            EXPECT_TRUE(slice < 64 || rig.in_regions() > 1000);
        }
    }
}

// The function is called in the loop; it and where it returns to are in the region.
TEST(EngineRegions, CallsBringTheirFunction) {
    RegionRig rig;
    rig.put(kCode, {"addi t0, t0, 1", "jal ra, .+60", "bne t0, t1, .-8", "jal zero, .+0"});
    rig.put(kCode + 64, {"addi t2, t2, 1", "jalr zero, 0(ra)"});
    rig.hart().set_x(kT1, 1000);
    rig.run(kCode, 5000);
    EXPECT_EQ(rig.hart().pc, kCode + 12);
    EXPECT_EQ(rig.hart().x(kT2), 1000u);
    EXPECT_EQ(rig.offsets(rig.first()), (Offsets{0, 8, 64}));
    EXPECT_TRUE(rig.block(8).returned_to);
    EXPECT_FALSE(rig.block(64).returned_to);
    EXPECT_EQ(rig.entries(rig.first()), (Offsets{0}));
}

// Where computed jumps led while they were interpreted is in the region.
TEST(EngineRegions, ComputedJumpsBringWhatTheyLedTo) {
    RegionRig rig;
    rig.put(kCode, {"addi t0, t0, 1", "jalr zero, 0(t3)"});
    rig.put(kCode + 64, {"addi t2, t2, 1", "addi t3, t3, 64", "jal zero, .-72"});
    rig.put(kCode + 128,
            {"addi t2, t2, 2", "addi t3, t3, -64", "bne t0, t1, .-136", "jal zero, .+0"});
    rig.hart().set_x(kT1, 1000);
    rig.hart().set_x(kT3, kCode + 64);
    rig.run(kCode, 5000);
    EXPECT_EQ(rig.hart().pc, kCode + 140);
    EXPECT_EQ(rig.hart().x(kT2), 1500u);
    EXPECT_EQ(rig.offsets(rig.first()), (Offsets{0, 64, 128}));
    EXPECT_FALSE(rig.block(0).jumped_to);
    EXPECT_TRUE(rig.block(64).jumped_to);
    EXPECT_TRUE(rig.block(128).jumped_to);
    EXPECT_EQ(rig.entries(rig.first()), (Offsets{0}));
}

// Where the callee is not known the return is an entry.
TEST(EngineRegions, ReturnOfAComputedCallIsAnEntry) {
    RegionRig rig;
    rig.put(kCode, {"addi t0, t0, 1", "jalr ra, 0(t3)", "addi t4, t4, 1", "bne t0, t1, .-12",
                    "jal zero, .+0"});
    rig.put(kOther, {"addi t2, t2, 1", "jalr zero, 0(ra)"});
    rig.hart().set_x(kT1, 1000);
    rig.hart().set_x(kT3, kOther);
    rig.run(kCode, 6000);
    EXPECT_EQ(rig.hart().pc, kCode + 16);
    EXPECT_EQ(rig.hart().x(kT2), 1000u);
    EXPECT_EQ(rig.hart().x(kT4), 1000u);
    const ir::Region& region = rig.regions().compiled.front();
    EXPECT_EQ(region.blocks.size(), 3u);
    EXPECT_EQ(rig.entries(region), (Offsets{0, 8}));
    // Function and loop meet without the engine: each entry is found by the jump table.
    EXPECT_EQ(rig.regions().compiled.size(), 2u);
    EXPECT_GT(rig.in_regions(), 3 * (1000 - kTierUp) - 3);
}

TEST(EngineRegions, SizeIsBounded) {
    RegionRig rig;
    // A ring of many blocks with two instructions.
    constexpr u64 kBlocks = 200;
    for (u64 i = 0; i + 1 < kBlocks; ++i)
        rig.put(kCode + 16 * i, {"addi t0, t0, 1", "jal zero, .+12"});
    rig.put(kCode + 16 * (kBlocks - 1), {"addi t0, t0, 1", "jalr zero, 0(t1)"});
    rig.hart().set_x(kT1, kCode);
    rig.run(kCode, 2 * kBlocks * 100);
    EXPECT_EQ(rig.hart().x(kT0), kBlocks * 100);
    for (const ir::Region& region : rig.regions().compiled)
        EXPECT_LE(region.blocks.size(), RegionLimits{}.blocks);
    EXPECT_EQ(rig.regions().compiled.front().blocks.size(), RegionLimits{}.blocks);
}

TEST(EngineRegions, InstructionsAreBounded) {
    RegionRig rig;
    u64 at = kCode;
    for (int block = 0; block < 40; ++block) {
        for (int i = 0; i < 49; ++i) at = rig.put(at, {"c.addi t0, 1"});
        at = rig.put(at, {"c.j .+2"});
    }
    rig.put(at, {"jalr zero, 0(t1)"});
    rig.hart().set_x(kT1, kCode);
    rig.run(kCode, 100 * (40 * 50 + 1));
    EXPECT_EQ(rig.hart().x(kT0), 100u * 40 * 49);
    // A block's ways out count for six more.
    EXPECT_EQ(rig.regions().compiled.front().blocks.size(), 17u);
}

// What a helper does is not for regions, in the middle of a block or at its end.
TEST(EngineRegions, HelpersStayOutside) {
    RegionRig rig;
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+28"});
    rig.put(kCode + 32, {"csrrw t2, mscratch, t0", "bne t0, t1, .-36", "jal zero, .+0"});
    rig.hart().set_x(kT1, 1000);
    rig.run(kCode, 4000);
    EXPECT_EQ(rig.hart().x(kT0), 1000u);
    EXPECT_EQ(rig.hart().x(kT2), 998u + 1);
    for (const ir::Region& region : rig.regions().compiled)
        for (const ir::RegionBlock& block : region.blocks)
            EXPECT_TRUE(RegionFormer<riscv::Rv64>::fits(block.block));
    EXPECT_EQ(rig.level(kCode), 3u);
    EXPECT_EQ(rig.level(kCode + 32), 0u);
}

TEST(EngineRegions, TierUpZeroCompilesBeforeTheFirstRun) {
    RegionRig rig(0);
    put_loop(rig, 100);
    rig.run(kCode, 5 * 100 + 5);
    EXPECT_EQ(rig.hart().x(kT2), 200u);
    EXPECT_EQ(rig.in_regions(), 200u + 5);
    EXPECT_EQ(rig.engine().counts(kCode, 64).entries, 0u);
    // It may not be worth much work.
    EXPECT_EQ(rig.level(kCode), 2u);
    EXPECT_EQ(rig.regions().sites.front().level, 2u);
}

// What the backend refuses is tried in smaller pieces, and then no more.
TEST(EngineRegions, RefusedRegionsAreTriedSmaller) {
    RegionRig rig;
    rig.regions().most_blocks = 1;
    put_loop(rig, 1000);
    rig.run(kCode, 5000);
    EXPECT_EQ(rig.hart().x(kT2), 2000u);
    EXPECT_EQ(rig.regions().compiled.size(), 2u);
    EXPECT_EQ(rig.regions().asked, 6u);
    EXPECT_EQ(rig.region_stats().refused, 4u);
}

TEST(EngineRegions, RefusedBlocksStayInterpreted) {
    RegionRig rig;
    rig.regions().refuses = true;
    put_loop(rig, 1000);
    rig.run(kCode, 5000);
    EXPECT_EQ(rig.hart().x(kT2), 2000u);
    EXPECT_EQ(rig.regions().asked, 6u);
    EXPECT_EQ(rig.region_stats().refused, 6u);
    EXPECT_EQ(rig.level(kCode), 0u);
    EXPECT_EQ(rig.engine().counts(kCode, 2).entries, 1000u);
}

// What regions leave to the interpreter is one instruction.
TEST(EngineRegions, InterpreterRunsWhatRegionsCannot) {
    for (const u64 tier_up : {u64{0}, u64{1}, kTierUp}) {
        RegionRig rig(tier_up);
        rig.put(kCode, {"addi t0, t0, 1", "ld t2, 0(s2)", "addi t2, t2, 5", "sd t2, 0(s2)",
                        "bne t0, t1, .-16", "jal zero, .+0"});
        rig.hart().set_x(kT1, 500);
        rig.hart().set_x(18, kRamBase + 0x8000);
        rig.run(kCode, 2500);
        EXPECT_EQ(rig.hart().pc, kCode + 20);
        EXPECT_EQ(rig.hart().x(kT2), 2500u);
        EXPECT_NE(rig.in_regions(), 0u);
    }
}

TEST(EngineRegions, TrapsAreExact) { check_traps_are_exact<RegionRig>(); }

// A region goes with any of its blocks, entry or not, and comes again with what is there then.
TEST(EngineRegions, RegionGoesWithItsBlocks) {
    for (const u64 changed : {0, 12}) {
        RegionRig rig;
        put_loop(rig, ~u64{0});
        rig.run(kCode, 5000);
        const u64 before = rig.hart().x(kT0) + rig.hart().x(kT2);
        rig.put(kCode + changed, {changed == 0 ? "addi t0, t0, 7" : "addi t2, t2, 7"});
        EXPECT_EQ(rig.region_stats().invalidated, 1u);
        EXPECT_EQ(rig.level(kCode), 0u);
        EXPECT_EQ(rig.level(kCode + 12), 0u);
        const u64 in_regions = rig.in_regions();
        rig.run(kCode, 5000);
        EXPECT_EQ(rig.hart().x(kT0) + rig.hart().x(kT2), before + 1000 * 3 + 1000 * 6);
        EXPECT_GT(rig.in_regions(), in_regions);
        EXPECT_EQ(rig.region_stats().compiled, 2u);
    }
}

// Code that is written again and again waits at last, longer each time.
TEST(EngineRegions, OverwrittenCodeRests) {
    RegionRig rig;
    put_loop(rig, ~u64{0});
    constexpr i64 kSlice = i64{1} << 20;
    std::vector<int> waited;
    for (u64 round = 0; round < 7; ++round) {
        const u64 compiled = rig.region_stats().compiled;
        int slices = 0;
        for (; rig.region_stats().compiled == compiled && slices < 100; ++slices)
            rig.run(kCode, kSlice);
        waited.push_back(slices);
        rig.put(kCode + 12, {"addi t2, t2, 1"});
    }
    EXPECT_EQ(waited, (std::vector<int>{1, 1, 1, 1, 1, 17, 33}));
}

// Its neighbours need not wait for it.
TEST(EngineRegions, OnlyTheWrittenPageRests) {
    RegionRig rig;
    put_loop(rig, ~u64{0}, kOther);
    for (int i = 0; i < 5; ++i) {
        rig.run(kOther, 5000);
        EXPECT_EQ(rig.level(kOther), 3u);
        rig.put(kOther, {"addi t0, t0, 1"});
    }
    put_loop(rig, ~u64{0}, kCode);
    rig.run(kCode, 5000);
    EXPECT_EQ(rig.level(kCode), 3u);
    rig.run(kOther, 5000);
    EXPECT_EQ(rig.level(kOther), 0u);
}

// Memory is given back at a safe point, in batches, when nothing leads there any more.
TEST(EngineRegions, MemoryIsGivenBack) {
    RegionRig rig;
    for (u64 i = 0; i < 40; ++i) {
        const u64 page = kCode + i * kPageSize;
        put_loop(rig, ~u64{0}, page);
        rig.run(page, 5000);
        rig.put(page, {"addi t0, t0, 5"});
        rig.run(page, 5000);
    }
    EXPECT_EQ(rig.region_stats().compiled, 80u);
    EXPECT_EQ(rig.region_stats().invalidated, 40u);
    EXPECT_EQ(rig.regions().released, 32u);
}

// The oldest goes where there is too much.
TEST(EngineRegions, OldRegionsMakeRoom) {
    EngineSetup setup;
    setup.hot.code_cache = u64{2} << 20;
    RegionRig rig(kTierUp, 1, setup);
    rig.regions().region_bytes = 100'000;
    for (u64 i = 0; i < 12; ++i) {
        put_loop(rig, 100, kCode + i * kPageSize);
        rig.run(kCode + i * kPageSize, 500);
    }
    const RegionStats stats = rig.region_stats();
    EXPECT_EQ(stats.compiled, 12u);
    EXPECT_NE(stats.evicted, 0u);
    EXPECT_EQ(rig.level(kCode), 0u);
    EXPECT_EQ(rig.level(kCode + 11 * kPageSize), 3u);
    // It comes again.
    put_loop(rig, 100);
    rig.run(kCode, 500);
    EXPECT_EQ(rig.level(kCode), 3u);
    EXPECT_EQ(rig.hart().x(kT0), 100u);
}

TEST(EngineRegions, EmptiedCache) {
    RegionRig rig(0, 2, {.cache_limit = 1});
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
    EXPECT_NE(rig.in_regions(0), 0u);
    EXPECT_NE(rig.regions().released, 0u);
}

// A loop over two pages: the ways between them hold while the mapping does.
TEST(EngineRegions, InnerEdgesFollowTheMapping) {
    EngineSetup setup;
    setup.hot.region_heat = 1000;
    PagedRegionRig rig(kTierUp, 1, setup);
    const u64 third = kOther + kPageSize;
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+4092"});
    rig.put(kOther, {"addi t2, t2, 1", "jal zero, .-4100"});
    rig.put(third, {"addi t2, t2, 100", "jal zero, .-4100"});
    const auto run = [&](u64 rounds) {
        for (int slice = 0; slice < 10; ++slice) {
            rig.run(rig.hart().pc, static_cast<i64>(4 * rounds / 10));
            rig.engine().wait_until_idle();
        }
    };
    rig.hart().pc = PagedRig::kFirst;
    run(1000);
    EXPECT_EQ(rig.regions().compiled.size(), 1u);
    EXPECT_EQ(rig.offsets(rig.last()).size(), 2u);
    EXPECT_EQ(rig.hart().x(kT2), 1000u);
    const u64 entered = rig.entered();
    run(10'000);
    // Each way was opened once; then only slices end the loop.
    EXPECT_EQ(rig.hart().x(kT2), 11'000u);
    EXPECT_LE(rig.entered(), entered + 22);
    EXPECT_GT(rig.in_regions(), 20'000u);

    rig.remap(PagedRig::kSecond, third);
    run(1000);
    EXPECT_EQ(rig.hart().x(kT0), 12'000u);
    EXPECT_EQ(rig.hart().x(kT2), 11'000u + 100'000u);
    const u64 before = rig.in_regions();
    rig.remap(PagedRig::kSecond, kOther);
    run(10'000);
    EXPECT_EQ(rig.hart().x(kT2), 121'000u);
    EXPECT_GT(rig.in_regions(), before + 19'000u);
}

// A way to where an instruction may reach over the page's end depends on the mapping, too.
TEST(EngineRegions, EndOfThePage) {
    RegionRig rig;
    const u64 last = kCode + kPageSize - 2;
    rig.put(last, {"c.j .-14"});
    rig.put(last - 14, {"addi t0, t0, 1", "c.j .+10"});
    rig.run(last - 14, 3000);
    EXPECT_EQ(rig.hart().x(kT0), 1000u);
    ASSERT_EQ(rig.regions().compiled.size(), 1u);
    EXPECT_EQ(rig.offsets(rig.last()).size(), 2u);
    EXPECT_GT(rig.in_regions(), 1900u);
}

// What reaches over the page's end is in no region.
TEST(EngineRegions, StraddlingBlocksStayOutside) {
    RegionRig rig;
    const u64 last = kCode + kPageSize - 2;
    rig.put(last - 4, {"addi t0, t0, 1"});
    rig.put(last, {"addi t2, t2, 1"});
    rig.put(last + 4, {"jal zero, .-8"});
    rig.run(last - 4, 3000);
    EXPECT_EQ(rig.hart().x(kT0), 1000u);
    EXPECT_EQ(rig.hart().x(kT2), 1000u);
    EXPECT_EQ(rig.level(last), 0u);
    EXPECT_EQ(rig.level(last + 4), 3u);
}

TEST(EngineRegions, HartsShareThem) {
    RegionRig rig(kTierUp, 2);
    put_loop(rig, ~u64{0});
    for (unsigned id = 0; id < 2; ++id) {
        rig.hart(id).set_x(kT1, ~u64{0});
        rig.hart(id).pc = kCode;
    }
    for (int i = 0; i < 50; ++i)
        for (unsigned id = 0; id < 2; ++id) rig.engine().run(rig.hart(id), 100);
    for (unsigned id = 0; id < 2; ++id) {
        EXPECT_EQ(rig.hart(id).x(kT0), 1000u);
        EXPECT_EQ(rig.hart(id).x(kT2), 2000u);
        EXPECT_GT(rig.in_regions(id), 1500u);
    }
    EXPECT_EQ(rig.regions().compiled.size(), 1u);
}

// Breakpoints take the regions with them that have such a place, and those leave it out later.
TEST(EngineRegions, Breakpoints) {
    RegionRig rig;
    put_loop(rig, ~u64{0});
    rig.run(kCode, 5000);
    EXPECT_EQ(rig.level(kCode), 3u);
    DebugPoints points;
    rig.hart().debug = &points;
    rig.engine().breakpoints_changed(points.set_breakpoints({kCode + 16}));
    EXPECT_EQ(rig.level(kCode), 0u);
    rig.hart().set_x(kT2, 0);
    for (u64 hits = 1; hits <= 100; ++hits) {
        EXPECT_EQ(rig.run(rig.hart().pc, 1000), StopReason::kDebug);
        ASSERT_EQ(rig.hart().pc, kCode + 16);
        ASSERT_EQ(rig.hart().x(kT2), 2 * hits - 1);
        points.set_exempt(1, 0);
        rig.engine().run(rig.hart(), 1);
        points.set_exempt(0, 0);
    }
}

TEST(EngineRegions, RequestedBlocksAreCompiledWhenTheyRunNext) {
    RegionRig rig(1'000'000);
    put_loop(rig, ~u64{0});
    rig.run(kCode, 500);
    EXPECT_EQ(rig.engine().request(kCode + 12, 4), 1u);
    EXPECT_EQ(rig.regions().asked, 0u);
    rig.run(kCode, 500);
    EXPECT_EQ(rig.regions().asked, 1u);
    EXPECT_EQ(rig.level(kCode), 3u);
    EXPECT_EQ(rig.engine().request(kCode, 16), 0u);
    EXPECT_EQ(rig.hart().x(kT2), 400u);
    // Code that was written just now is compiled, too, where that is asked for.
    rig.put(kCode, {"addi t0, t0, 1"});
    rig.run(kCode, 500);
    EXPECT_EQ(rig.engine().request(kCode, 4), 1u);
    rig.run(kCode, 500);
    EXPECT_EQ(rig.level(kCode), 3u);
}

}  // namespace
}  // namespace kiln
