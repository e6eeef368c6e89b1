// Regions that earlier runs had: a run finds them again before they are hot, as far as their code
// is there.
#include "jit/kept/kept_code.h"
#include "jit/kept/region_key.h"
#include "region_rig.h"
#include "unit/scratch_folder.h"

namespace kiln {
namespace {

using namespace engine_test;

constexpr kept::GuestKind kGuest = {kRamBase, 64};
// Entries until a block gets code of its own, by which it is looked for again.
constexpr u64 kLate = 4000;

// t0 counts up in a loop of two blocks; t2 counts the second.
void put_loop(Rig& rig, u64 at = kCode) {
    rig.put(at, {"addi t0, t0, 1", "bne t0, t4, .+12"});
    rig.put(at + 16, {"addi t2, t2, 1", "jal zero, .-20"});
}

class EngineKnown : public testing::Test {
  protected:
    // A run that is told what the ones before it knew.
    template <class R = TieredRig>
    std::unique_ptr<R> run(u64 tier_up = kLate) {
        kept_ =
            std::make_shared<kept::KeptCode>(scratch_.path(), u64{1} << 20, "a program", kGuest);
        EngineSetup setup;
        setup.hot.kept = kept_;
        return std::make_unique<R>(tier_up, 1, setup);
    }
    // It ends. What it found is kept.
    void end(Rig& rig) {
        rig.engine().note_heat();
        kept_->save();
    }
    // A run after which the loop at kCode is known.
    void know_loop() {
        const auto first = run(kTierUp);
        put_loop(*first);
        first->slices(kCode, 20);
        ASSERT_EQ(first->regions().asked, 1u);
        ASSERT_EQ(first->region_stats().known, 0u);
        region_ = first->first();
        site_ = first->regions().sites.front();
        end(*first);
    }
    kept::Key key(const ir::Region& region, const RegionSite& site) const {
        kept::KeyHasher hasher = kept_->store().hasher();
        kept::add(hasher, region);
        kept::add(hasher, site);
        return hasher.key();
    }
    // What the profile says of the loop.
    kept::ProfileRegion loop() const {
        kept::Profile profile = kept::ProfileFile(scratch_.path(), kGuest).earlier();
        EXPECT_EQ(profile.regions().size(), 1u);
        return profile.regions().front();
    }
    // A profile of this region alone.
    void keep(const kept::ProfileRegion& region) {
        std::filesystem::remove_all(scratch_.path());
        kept::Profile profile;
        profile.add(region);
        kept::ProfileFile(scratch_.path(), kGuest).add(profile);
    }

    test::ScratchFolder scratch_;
    std::shared_ptr<kept::KeptCode> kept_;
    ir::Region region_;  // of the loop
    RegionSite site_{};
};

TEST_F(EngineKnown, RegionIsAskedForAtOnce) {
    know_loop();
    const auto second = run();
    put_loop(*second);
    second->slices(kCode, 1);
    EXPECT_EQ(second->regions().asked, 1u);
    EXPECT_EQ(second->region_stats().known, 1u);
    // What was kept of it is found.
    EXPECT_EQ(key(second->first(), second->regions().sites.front()), key(region_, site_));
    EXPECT_EQ(second->first().entries, region_.entries);
    second->slices(second->hart().pc, 3);
    EXPECT_EQ(second->level(kCode), 3u);
    EXPECT_EQ(second->hart().x(kT0), 4 * TieredRig::kSlice / 4);
    EXPECT_EQ(second->hart().x(kT2), 4 * TieredRig::kSlice / 4);
    EXPECT_GT(second->in_regions(), 3 * (TieredRig::kSlice / 2 - 10));
    EXPECT_EQ(second->regions().asked, 1u);
    end(*second);
    const auto third = run();
    put_loop(*third);
    third->slices(kCode, 1);
    EXPECT_EQ(third->region_stats().known, 1u);
}

// Where computed jumps lead is known before the interpreter saw it.
TEST_F(EngineKnown, ComputedJumpsAreToo) {
    const auto put = [](Rig& rig) {
        rig.put(kCode, {"addi t0, t0, 1", "jalr zero, 0(t3)"});
        rig.put(kCode + 64, {"addi t2, t2, 1", "jal zero, .-68"});
        rig.hart().set_x(kT3, kCode + 64);
    };
    const auto first = run(kTierUp);
    put(*first);
    first->slices(kCode, 20);
    ASSERT_EQ(first->regions().asked, 1u);
    region_ = first->first();
    site_ = first->regions().sites.front();
    ASSERT_EQ(first->offsets(region_), (std::vector<i64>{0, 64}));
    end(*first);
    const auto second = run();
    put(*second);
    second->slices(kCode, 1);
    ASSERT_EQ(second->region_stats().known, 1u);
    EXPECT_TRUE(second->block(64).jumped_to);
    EXPECT_FALSE(second->block(0).jumped_to);
    EXPECT_EQ(key(second->first(), second->regions().sites.front()), key(region_, site_));
}

// Regions alone are compiled while the guest waits, these too.
TEST_F(EngineKnown, GuestWaitsWhereItAlwaysDoes) {
    {
        const auto first = run<RegionRig>(kTierUp);
        put_loop(*first);
        first->run(kCode, 1000);
        ASSERT_EQ(first->regions().asked, 1u);
        end(*first);
    }
    const auto second = run<RegionRig>();
    put_loop(*second);
    second->run(kCode, 1000);
    EXPECT_EQ(second->hart().x(kT0), 250u);
    EXPECT_EQ(second->in_regions(), 500u);
    EXPECT_EQ(second->region_stats().known, 1u);
}

TEST_F(EngineKnown, NothingIsKeptWithoutAFolder) {
    know_loop();
    TieredRig other(kLate);
    put_loop(other);
    other.slices(kCode, 5);
    EXPECT_EQ(other.regions().asked, 0u);
}

// The same program lies elsewhere; its page offsets stay.
TEST_F(EngineKnown, CodeMayLieElsewhere) {
    know_loop();
    const auto second = run();
    put_loop(*second, kOther);
    second->slices(kOther, 3);
    EXPECT_EQ(second->region_stats().known, 1u);
    EXPECT_EQ(second->level(kOther), 3u);
}

TEST_F(EngineKnown, OtherCodeIsLeftAlone) {
    know_loop();
    for (const u64 at : {kCode, kCode + 16}) {
        const auto second = run();
        put_loop(*second);
        second->put(at, {"addi t0, t0, 2"});
        second->slices(kCode, 5);
        EXPECT_EQ(second->regions().asked, 0u) << at;
        EXPECT_EQ(second->region_stats().known, 0u);
    }
}

// Code that comes later, as where a program is loaded page by page.
TEST_F(EngineKnown, IsLookedForAgain) {
    know_loop();
    const auto second = run();
    put_loop(*second);
    second->put(kCode + 16, {"addi t2, t2, 2"});
    second->run(kCode, 4 * 4);
    EXPECT_EQ(second->region_stats().known, 0u);
    second->put(kCode + 16, {"addi t2, t2, 1"});
    second->run(second->hart().pc, 4 * 8);
    EXPECT_EQ(second->region_stats().known, 1u);
}

TEST_F(EngineKnown, OtherPagesAreFoundThroughTheMapping) {
    const auto put = [](Rig& rig) {
        rig.put(kCode, {"addi t0, t0, 1", "jal zero, .+4092"});
        rig.put(kOther, {"addi t2, t2, 1", "jal zero, .-4100"});
    };
    constexpr u64 kFirst = PagedRegionRig::kFirst;
    {
        const auto first = run<PagedRegionRig>(kTierUp);
        put(*first);
        first->hart().pc = kFirst;
        for (int i = 0; i < 20; ++i) {
            first->engine().run(first->hart(), 1'000'000);
            first->engine().wait_until_idle();
        }
        ASSERT_EQ(first->regions().asked, 1u);
        ASSERT_EQ(first->first().blocks.size(), 2u);
        end(*first);
    }
    const auto second = run<PagedRegionRig>();
    put(*second);
    // The second page is not known before it was run.
    second->run(kFirst, 1);
    EXPECT_EQ(second->region_stats().known, 0u);
    second->run(second->hart().pc, 4 * 16);
    EXPECT_EQ(second->region_stats().known, 1u);
    second->engine().wait_until_idle();
    second->run(second->hart().pc, 4 * 1000);
    EXPECT_GT(second->in_regions(), 1900u);
    EXPECT_EQ(second->hart().x(kT0), (1 + 4 * 16 + 4 * 1000 + 3) / 4);
}

// It is overwritten while it waits.
TEST_F(EngineKnown, RegionGoesWithItsCode) {
    know_loop();
    const auto second = run();
    HandRegionBackend::held() = true;
    put_loop(*second);
    second->run(kCode, 100);
    EXPECT_EQ(second->region_stats().known, 1u);
    second->put(kCode + 16, {"addi t2, t2, 5"});
    HandRegionBackend::held() = false;
    HandRegionBackend::held().notify_all();
    second->engine().wait_until_idle();
    second->hart().set_x(kT2, 0);
    second->slices(kCode, 1);
    EXPECT_EQ(second->hart().x(kT2), TieredRig::kSlice / 4 * 5);
    EXPECT_EQ(second->in_regions(), 0u);
}

TEST_F(EngineKnown, HeatIsWhatRanInIt) {
    know_loop();
    const u64 short_run = loop().heat;
    EXPECT_GE(short_run, TieredRig::kHeat);
    const auto second = run();
    put_loop(*second);
    second->slices(kCode, 100);
    end(*second);
    // Half of what it was, and what ran in a slice counts where it ended in the region.
    EXPECT_GT(loop().heat, short_run / 2 + 80 * TieredRig::kSlice);
    EXPECT_LE(loop().heat, short_run / 2 + 100 * TieredRig::kSlice);
}

// What did not run is forgotten in time.
TEST_F(EngineKnown, HeatFades) {
    know_loop();
    const u64 heat = loop().heat;
    const auto second = run(kTierUp);
    put_loop(*second, kOther + 0x100);
    second->slices(kOther + 0x100, 20);
    end(*second);
    const kept::Profile profile = kept::ProfileFile(scratch_.path(), kGuest).earlier();
    ASSERT_EQ(profile.regions().size(), 2u);
    const auto known = std::ranges::find(profile.regions(), kCode, &kept::ProfileRegion::physical);
    EXPECT_EQ(known->heat, heat / 2);
}

TEST_F(EngineKnown, RefusedRegionIsNotKept) {
    const auto first = run(kTierUp);
    first->regions().refuses = true;
    put_loop(*first);
    first->slices(kCode, 100);
    ASSERT_GT(first->regions().asked, 0u);
    end(*first);
    EXPECT_TRUE(kept::ProfileFile(scratch_.path(), kGuest).earlier().regions().empty());
}

// What a file may say, and no run ever wrote.
TEST_F(EngineKnown, NonsenseIsNotCompiled) {
    know_loop();
    const kept::ProfileRegion good = loop();
    std::vector<kept::ProfileRegion> nonsense(5, good);
    nonsense[0].blocks.push_back(good.blocks.back());  // the same block twice
    nonsense[1].blocks.resize(200, good.blocks.back());
    nonsense[2].blocks.back().offset += 1;               // between instructions
    nonsense[3].blocks.back().offset = i64{1} << 39;     // outside RAM
    nonsense[4].blocks.back().offset = -(i64{1} << 39);  // no address at all
    for (kept::ProfileRegion& region : nonsense) {
        keep(region);
        const auto second = run();
        put_loop(*second);
        second->slices(kCode, 5);
        EXPECT_EQ(second->regions().asked, 0u);
        EXPECT_EQ(second->hart().x(kT0), 5 * TieredRig::kSlice / 4);
    }
    keep(good);
    const auto second = run();
    put_loop(*second);
    second->slices(kCode, 1);
    EXPECT_EQ(second->regions().asked, 1u);
}

// A block of the right bytes that the interpreter ends elsewhere.
TEST_F(EngineKnown, BlocksEndWhereTheyDid) {
    know_loop();
    kept::ProfileRegion part = loop();
    const auto bytes = [&](Rig& rig, u64 at, u32 size) {
        return kept::hash_code({rig.memory().host(at), size});
    };
    const auto probe = run();
    put_loop(*probe);
    part.blocks.back().bytes = 4;
    part.blocks.back().hash = bytes(*probe, kCode + static_cast<u64>(part.blocks.back().offset), 4);
    keep(part);
    const auto second = run();
    put_loop(*second);
    second->slices(kCode, 5);
    EXPECT_EQ(second->regions().asked, 0u);
}

}  // namespace
}  // namespace kiln
