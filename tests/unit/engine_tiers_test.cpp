// Blocks that are compiled at once, and very hot regions that another thread compiles meanwhile.
#include "jit/code_listener.h"
#include "region_rig.h"

namespace kiln {
namespace {

using namespace engine_test;

// t0 counts up in a loop of two blocks; t2 counts the second.
void put_loop(Rig& rig, u64 at = kCode) {
    rig.put(at, {"addi t0, t0, 1", "bne t0, t4, .+12"});
    rig.put(at + 16, {"addi t2, t2, 1", "jal zero, .-20"});
}

// Holds the compile thread, until it goes.
class Hold {
  public:
    Hold() { HandRegionBackend::held() = true; }
    ~Hold() { let_go(); }
    void let_go() {
        HandRegionBackend::held() = false;
        HandRegionBackend::held().notify_all();
    }
};

TEST(EngineTiers, VeryHotLoopBecomesARegion) {
    TieredRig rig;
    put_loop(rig);
    rig.slices(kCode, 9);
    EXPECT_EQ(rig.hot().blocks_compiled, 2u);
    EXPECT_EQ(rig.regions().asked, 0u);
    EXPECT_EQ(rig.level(kCode), 1u);
    rig.slices(rig.hart().pc, 1);
    EXPECT_EQ(rig.regions().asked, 1u);
    // It begins at the loop's head, wherever the slice ended.
    EXPECT_EQ(rig.first().blocks.front().offset, 0);
    EXPECT_EQ(rig.first().entries.size(), 1u);
    // It is put to use when the next slice begins.
    EXPECT_EQ(rig.level(kCode), 1u);
    EXPECT_EQ(rig.in_regions(), 0u);
    const u64 native = rig.native();
    rig.slices(rig.hart().pc, 10);
    EXPECT_EQ(rig.level(kCode), 3u);
    EXPECT_EQ(rig.hart().x(kT0), 20 * TieredRig::kSlice / 4);
    EXPECT_EQ(rig.hart().x(kT2), 20 * TieredRig::kSlice / 4);
    EXPECT_GT(rig.in_regions(), 10 * (TieredRig::kSlice / 2 - 10));
    EXPECT_LT(rig.native(), native + 10 * 4);
    // Nothing more is asked for.
    EXPECT_EQ(rig.regions().asked, 1u);
    EXPECT_EQ(rig.region_stats().compiled, 1u);
    EXPECT_GT(rig.region_stats().guest_seconds, 0);
}

TEST(EngineTiers, HeatMayChange) {
    TieredRig rig;
    put_loop(rig);
    rig.engine().set_region_heat(2 * TieredRig::kHeat);
    rig.slices(kCode, 15);
    EXPECT_EQ(rig.regions().asked, 0u);
    rig.engine().set_region_heat(TieredRig::kHeat);
    rig.slices(rig.hart().pc, 1);
    EXPECT_EQ(rig.regions().asked, 1u);
}

// The guest goes on meanwhile.
TEST(EngineTiers, GuestDoesNotWait) {
    TieredRig rig;
    Hold hold;
    put_loop(rig);
    rig.hart().pc = kCode;
    for (int i = 0; i < 100; ++i) rig.engine().run(rig.hart(), TieredRig::kSlice);
    EXPECT_EQ(rig.hart().x(kT0), 100 * TieredRig::kSlice / 4);
    EXPECT_EQ(rig.in_regions(), 0u);
    EXPECT_EQ(rig.region_stats().waiting, 1u);
    hold.let_go();
    rig.engine().wait_until_idle();
    rig.slices(rig.hart().pc, 1);
    EXPECT_NE(rig.in_regions(), 0u);
    EXPECT_EQ(rig.regions().asked, 1u);
}

TEST(EngineTiers, TimeIsCountedByTier) {
    TieredRig rig(40'000);
    put_loop(rig);
    rig.slices(kCode, 100);
    const TierTimes tiers = rig.engine().stats().tiers;
    EXPECT_GE(tiers[0].instructions, 4u * 30'000);
    EXPECT_GE(tiers[1].instructions, TieredRig::kHeat - TieredRig::kSlice);
    EXPECT_GE(tiers[3].instructions, 50u * TieredRig::kSlice);
    EXPECT_EQ(tiers[0].instructions + tiers[1].instructions + tiers[3].instructions,
              100u * TieredRig::kSlice);
    for (const int tier : {0, 1, 3}) EXPECT_GT(tiers[static_cast<size_t>(tier)].seconds, 0);
}

// A region whose code changed while it was being compiled is not used.
TEST(EngineTiers, RegionThatDiedMeanwhile) {
    TieredRig rig;
    Hold hold;
    put_loop(rig);
    rig.hart().pc = kCode;
    for (int i = 0; i < 10; ++i) rig.engine().run(rig.hart(), TieredRig::kSlice);
    EXPECT_EQ(rig.region_stats().waiting, 1u);
    rig.put(kCode + 16, {"addi t2, t2, 5"});
    EXPECT_EQ(rig.region_stats().dropped, 1u);
    hold.let_go();
    rig.engine().wait_until_idle();
    rig.hart().set_x(kT2, 0);
    rig.slices(kCode, 10);
    EXPECT_EQ(rig.hart().x(kT2), 10 * TieredRig::kSlice / 4 * 5);
    EXPECT_EQ(rig.in_regions(), 0u);
    EXPECT_EQ(rig.region_stats().compiled, 0u);
}

// The code of the region's blocks wakes up when it goes: nothing is compiled again.
TEST(EngineTiers, BlocksGetTheirCodeBack) {
    TieredRig rig;
    put_loop(rig);
    rig.slices(kCode, 20);
    ASSERT_EQ(rig.level(kCode), 3u);
    const u64 asked = rig.log().asked;
    const u64 in_regions = rig.in_regions();
    rig.put(kCode + 16, {"addi t2, t2, 5"});
    EXPECT_EQ(rig.level(kCode), 0u);
    rig.slices(kCode, 1);
    EXPECT_EQ(rig.level(kCode), 1u);
    EXPECT_EQ(rig.hot().blocks_revived, 1u);
    // The one that is new.
    EXPECT_EQ(rig.log().asked, asked + 1);
    EXPECT_EQ(rig.in_regions(), in_regions);
    EXPECT_EQ(rig.hart().x(kT0), 21 * TieredRig::kSlice / 4);
}

// What has a page of its own is as good as before when the page that changed rests.
TEST(EngineTiers, RegionComesBackWithoutWhatChanges) {
    TieredRig rig;
    rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+4092"});
    rig.put(kOther, {"addi t2, t2, 1", "jal zero, .-4100"});
    rig.slices(kCode, 20);
    ASSERT_EQ(rig.regions().compiled.size(), 1u);
    EXPECT_EQ(rig.offsets(rig.last()).size(), 2u);
    for (int i = 0; i < 5; ++i) {
        rig.put(kOther, {"addi t2, t2, 1"});
        rig.slices(rig.hart().pc, 40);
    }
    EXPECT_EQ(rig.offsets(rig.last()).size(), 1u);
    EXPECT_EQ(rig.level(kCode), 3u);
    EXPECT_EQ(rig.level(kOther), 1u);
    EXPECT_EQ(rig.hart().x(kT0), 220 * TieredRig::kSlice / 4);
    EXPECT_EQ(rig.hart().x(kT2), 220 * TieredRig::kSlice / 4);
}

TEST(EngineTiers, RefusedRegionLeavesItsBlocksAlone) {
    TieredRig rig;
    rig.regions().refuses = true;
    put_loop(rig);
    rig.slices(kCode, 100);
    EXPECT_EQ(rig.level(kCode), 1u);
    EXPECT_EQ(rig.hart().x(kT0), 100 * TieredRig::kSlice / 4);
    // Three sizes around each of the two blocks that slices end in, and each after some time.
    EXPECT_LE(rig.regions().asked, 6u);
    EXPECT_GE(rig.regions().asked, 3u);
}

TEST(EngineTiers, CacheIsEmptiedWithJobsUnderWay) {
    for (const bool held : {false, true}) {
        EngineSetup setup;
        setup.cache_limit = 2000;
        TieredRig rig(1, 1, setup);
        Hold hold;
        if (!held) hold.let_go();
        put_loop(rig);
        rig.hart().pc = kCode;
        for (int i = 0; i < 20; ++i) rig.engine().run(rig.hart(), TieredRig::kSlice);
        EXPECT_EQ(rig.hart().x(kT0), 20 * TieredRig::kSlice / 4);
        // Other code fills the cache.
        for (u64 at = kOther; at < kOther + 4096; at += 16) {
            rig.put(at, {"addi t3, t3, 1", "jal zero, .+0"});
            rig.run(at, 2);
        }
        EXPECT_EQ(rig.level(kCode), 0u);
        hold.let_go();
        rig.engine().wait_until_idle();
        rig.slices(kCode, 20);
        EXPECT_EQ(rig.hart().x(kT0), 40 * TieredRig::kSlice / 4);
    }
}

// The engine ends while regions wait and are compiled.
TEST(EngineTiers, EndsWithJobsUnderWay) {
    for (int i = 0; i < 20; ++i) {
        TieredRig rig;
        for (u64 page = 0; page < 4; ++page) {
            put_loop(rig, kCode + page * kPageSize);
            rig.hart().pc = kCode + page * kPageSize;
            for (int n = 0; n < 10; ++n) rig.engine().run(rig.hart(), TieredRig::kSlice);
        }
    }
}

TEST(EngineTiers, SeveralEngines) {
    TieredRig a, b;
    for (TieredRig* rig : {&a, &b}) put_loop(*rig);
    for (TieredRig* rig : {&a, &b}) rig->slices(kCode, 20);
    for (TieredRig* rig : {&a, &b}) {
        EXPECT_EQ(rig->level(kCode), 3u);
        EXPECT_EQ(rig->hart().x(kT0), 20 * TieredRig::kSlice / 4);
    }
}

TEST(EngineTiers, HartsShareRegions) {
    TieredRig rig(kTierUp, 2);
    put_loop(rig);
    for (unsigned id = 0; id < 2; ++id) rig.hart(id).pc = kCode;
    for (int i = 0; i < 40; ++i) {
        for (unsigned id = 0; id < 2; ++id) rig.engine().run(rig.hart(id), TieredRig::kSlice);
        rig.engine().wait_until_idle();
    }
    EXPECT_EQ(rig.regions().asked, 1u);
    for (unsigned id = 0; id < 2; ++id) {
        EXPECT_EQ(rig.hart(id).x(kT0), 40 * TieredRig::kSlice / 4);
        EXPECT_NE(rig.in_regions(id), 0u);
    }
}

// jitctl asks for the best there is.
TEST(EngineTiers, RequestedBlocksGetARegion) {
    TieredRig rig;
    put_loop(rig);
    rig.slices(kCode, 1);
    EXPECT_EQ(rig.level(kCode), 1u);
    EXPECT_EQ(rig.engine().request(kCode, 64), 2u);
    EXPECT_EQ(rig.level(kCode), 0u);
    const u64 asked = rig.log().asked;
    rig.slices(kCode, 1);
    rig.slices(rig.hart().pc, 1);
    EXPECT_EQ(rig.level(kCode), 3u);
    EXPECT_EQ(rig.level(kCode + 16), 3u);
    EXPECT_EQ(rig.log().asked, asked);
    EXPECT_EQ(rig.engine().request(kCode, 64), 0u);
    EXPECT_EQ(rig.hart().x(kT0), 3 * TieredRig::kSlice / 4);
}

// Listeners hear of regions, and of the code that they stand in front of.
class Witness final : public CodeListener {
  public:
    void on_code(const NativeCode& code) override {
        names.push_back(code.name);
        live.push_back(code.host.data());
        for (const GuestLine& line : code.disassemble()) lines.push_back(line.pc);
    }
    void on_gone(const std::byte* host) noexcept override { std::erase(live, host); }

    std::vector<std::string> names;
    std::vector<u64> lines;
    std::vector<const std::byte*> live;
};

TEST(EngineTiers, ListenersHearOfRegions) {
    Witness witness;
    EngineSetup setup;
    setup.hot.listener = &witness;
    TieredRig rig(kTierUp, 1, setup);
    put_loop(rig);
    rig.slices(kCode, 10);
    EXPECT_EQ(witness.live.size(), 2u);
    witness.names.clear();
    witness.lines.clear();
    rig.slices(rig.hart().pc, 1);
    ASSERT_EQ(witness.names.size(), 1u);
    EXPECT_EQ(witness.names[0], "kiln:rv64:80004000+region");
    std::ranges::sort(witness.lines);
    EXPECT_EQ(witness.lines, (std::vector<u64>{kCode, kCode + 4, kCode + 16, kCode + 20}));
    // One block at least sleeps; the other keeps its own code.
    EXPECT_LE(witness.live.size(), 2u);
    rig.put(kCode, {"addi t0, t0, 3"});
    rig.put(kCode + 16, {"addi t2, t2, 3"});
    EXPECT_TRUE(witness.live.empty());
}

}  // namespace
}  // namespace kiln
