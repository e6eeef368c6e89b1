// Where the engine stops for a debugger: in front of breakpoints and of watched accesses.
#include "cpu/debug_points.h"

#include "cpu/riscv/peek.h"
#include "native_engine_rig.h"

namespace kiln {
namespace {

using namespace engine_test;

constexpr u64 kData = kRamBase + 0x8000;

// A debugger of the rig's first hart.
class DebugRig : public NativeRig {
  public:
    explicit DebugRig(u64 tier_up = kTierUp) : NativeRig(tier_up) { hart().debug = &points; }

    void set_breakpoints(std::vector<u64> addresses) {
        engine().breakpoints_changed(points.set_breakpoints(std::move(addresses)));
    }
    void set_watches(std::vector<Watch> watches) {
        points.set_watches(std::move(watches));
        hart().update_protection();
    }
    // Goes on for at most `instructions`; returns how many have begun.
    u64 go(i64 instructions, StopReason reason) {
        const u64 before = hart().begun();
        EXPECT_EQ(engine().run(hart(), instructions), reason);
        return hart().begun() - before;
    }

    DebugPoints points;
};

// t0 counts up to t1 in one block, whose middle is kCode + 4.
void put_loop(Rig& rig, u64 rounds) {
    rig.put(kCode, {"addi t0, t0, 1", "addi t2, t2, 3", "bne t0, t1, .-8", "jal zero, .+0"});
    rig.hart().set_x(kT0, 0);
    rig.hart().set_x(kT1, rounds);
    rig.hart().set_x(kT2, 0);
    rig.hart().pc = kCode;
}

TEST(Breakpoint, StopsInFrontOfItInTheMiddleOfABlock) {
    for (const u64 tier_up : {u64{0}, u64{1000000}}) {
        DebugRig rig(tier_up);
        put_loop(rig, 1000);
        rig.set_breakpoints({kCode + 4});
        EXPECT_EQ(rig.go(100, StopReason::kDebug), 1u);
        EXPECT_EQ(rig.hart().pc, kCode + 4);
        EXPECT_EQ(rig.hart().x(kT0), 1u);
        EXPECT_EQ(rig.hart().x(kT2), 0u);
        // It stays there until it is let past.
        EXPECT_EQ(rig.go(100, StopReason::kDebug), 0u);
        rig.points.set_exempt(1, 0);
        EXPECT_EQ(rig.go(1, StopReason::kBudget), 1u);
        rig.points.set_exempt(0, 0);
        EXPECT_EQ(rig.go(100, StopReason::kDebug), 2u);
        EXPECT_EQ(rig.hart().x(kT0), 2u);
    }
}

TEST(Breakpoint, SetInHotCodeIsFoundThroughEveryLink) {
    DebugRig rig(4);
    put_loop(rig, 1000);
    rig.go(300, StopReason::kBudget);
    ASSERT_EQ(rig.at(kCode).compiled, 1u);
    rig.set_breakpoints({kCode + 8});
    EXPECT_EQ(rig.at(kCode).compiled, 0u);
    EXPECT_EQ(rig.go(100, StopReason::kDebug), 2u);
    EXPECT_EQ(rig.hart().pc, kCode + 8);
    // Once it is gone, native code runs the whole block again.
    rig.set_breakpoints({});
    const u64 before = rig.native();
    rig.go(600, StopReason::kBudget);
    EXPECT_GT(rig.native(), before);
    EXPECT_EQ(rig.hart().x(kT0), 301u);
}

// Blocks are cut at the same place of every page, but harts stop at the address only.
TEST(Breakpoint, IsNoneOnAnotherPage) {
    DebugRig rig(0);
    put_loop(rig, 1000);
    rig.set_breakpoints({kCode + kPageSize + 4});
    EXPECT_EQ(rig.go(600, StopReason::kBudget), 600u);
    EXPECT_EQ(rig.hart().x(kT0), 200u);
    EXPECT_EQ(rig.at(kCode).instructions, 1u);
}

TEST(Breakpoint, AtTheFirstInstructionThatIsRun) {
    DebugRig rig(0);
    put_loop(rig, 1000);
    rig.set_breakpoints({kCode});
    EXPECT_EQ(rig.go(600, StopReason::kDebug), 0u);
}

// A debugger may set one inside an instruction, where no hart ever comes.
TEST(Breakpoint, InsideAnInstructionChangesNothing) {
    DebugRig rig(0);
    put_loop(rig, 1000);
    rig.set_breakpoints({kCode + 6});
    EXPECT_EQ(rig.go(600, StopReason::kBudget), 600u);
    EXPECT_EQ(rig.hart().x(kT2), 600u);
}

class Watchpoint : public testing::Test {
  protected:
    Watchpoint() {
        rig.put(kCode, {"sd t0, 0(a0)", "ld t2, 0(a1)", "amoadd.w t2, t0, (a2)",
                        "sc.w t3, t0, (a2)", "jal zero, .-16"});
        rig.hart().pc = kCode;
        for (const unsigned reg : {10u, 11u, 12u}) rig.hart().set_x(reg, kData + 0x100 * reg);
        rig.go(50, StopReason::kBudget);  // the TLB knows the page
    }
    // Stops in front of an instruction, and lets the hart do that.
    void expect(u64 begun, u64 pc, const WatchHit& hit) {
        EXPECT_EQ(rig.go(100, StopReason::kDebug), begun);
        EXPECT_EQ(rig.hart().pc, pc);
        EXPECT_FALSE(rig.hart().trap_pending);
        EXPECT_EQ(rig.points.take_hit(), hit);
        rig.points.set_exempt(0, 1);
        EXPECT_EQ(rig.go(1, StopReason::kBudget), 1u);
        rig.points.set_exempt(0, 0);
    }

    DebugRig rig;
    const u64 stored_ = kData + 0xa00, loaded_ = kData + 0xb00, atomic_ = kData + 0xc00;
};

TEST_F(Watchpoint, WriteStopsInFrontOfTheStore) {
    rig.set_watches({{stored_ + 4, 4, WatchKind::kWrite}});
    expect(0, kCode, {stored_ + 4, WatchKind::kWrite});
    expect(4, kCode, {stored_ + 4, WatchKind::kWrite});
}

TEST_F(Watchpoint, ReadStopsInFrontOfTheLoad) {
    rig.set_watches({{loaded_, 1, WatchKind::kRead}, {stored_, 8, WatchKind::kRead}});
    expect(1, kCode + 4, {loaded_, WatchKind::kRead});
}

TEST_F(Watchpoint, AccessIsEither) {
    rig.set_watches({{loaded_, 8, WatchKind::kAccess}, {stored_, 8, WatchKind::kAccess}});
    expect(0, kCode, {stored_, WatchKind::kAccess});
    expect(0, kCode + 4, {loaded_, WatchKind::kAccess});
}

TEST_F(Watchpoint, AtomicReadsAndWritesAndAFailedConditionalDoesNot) {
    rig.set_watches({{atomic_, 4, WatchKind::kRead}});
    expect(2, kCode + 8, {atomic_, WatchKind::kRead});
    rig.set_watches({{atomic_, 4, WatchKind::kWrite}});
    expect(4, kCode + 8, {atomic_, WatchKind::kWrite});
}

// Nothing of the instruction is done, and it is not counted.
TEST_F(Watchpoint, LeavesNoTrace) {
    rig.set_watches({{stored_, 8, WatchKind::kWrite}});
    rig.hart().set_x(5, 0x1234);
    const u64 trapped = rig.hart().trapped;
    EXPECT_EQ(rig.go(100, StopReason::kDebug), 0u);
    EXPECT_EQ(rig.go(100, StopReason::kDebug), 0u);
    EXPECT_EQ(*rig.memory().host(stored_), std::byte{0});
    EXPECT_EQ(rig.hart().trapped, trapped);
}

TEST_F(Watchpoint, BesideItNothingStops) {
    rig.set_watches({{stored_ + 8, 8, WatchKind::kAccess}, {stored_ - 1, 1, WatchKind::kAccess}});
    EXPECT_EQ(rig.go(100, StopReason::kBudget), 100u);
    EXPECT_FALSE(rig.points.take_hit());
}

TEST_F(Watchpoint, RemovedOnesAreForgotten) {
    rig.set_watches({{stored_, 8, WatchKind::kWrite}});
    rig.set_watches({});
    EXPECT_EQ(rig.go(100, StopReason::kBudget), 100u);
    EXPECT_TRUE(rig.hart().direct());
}

class PeekRig : public PagedRig {
  public:
    bool reads(u64 address, size_t want) {
        std::vector<std::byte> bytes(want);
        return riscv::peek_memory(hart(), address, bytes) == want;
    }
};

TEST(Peek, GoesThroughTheTranslationWithoutATrace) {
    PeekRig rig;
    rig.write(kCode, "kiln", 4);
    std::array<std::byte, 4> bytes;
    ASSERT_EQ(riscv::peek_memory(rig.hart(), PagedRig::kFirst, bytes), 4u);
    EXPECT_EQ(std::memcmp(bytes.data(), "kiln", 4), 0);
    // Neither A nor D were set, and nothing is to be delivered.
    u64 entry;
    std::memcpy(&entry, rig.memory().host(kRamBase + 0x3000 + 8), sizeof entry);
    EXPECT_EQ(entry & 0xff, 0x4bu);
    EXPECT_FALSE(rig.hart().trap_pending);
    EXPECT_FALSE(rig.reads(kCode, 1)) << "that is no address of this mode";
}

TEST(Peek, RangesAreCutWhereRamEnds) {
    PeekRig rig;
    std::array<std::byte, 16> bytes;
    EXPECT_EQ(riscv::peek_memory(rig.hart(), PagedRig::kSecond + kPageSize - 4, bytes), 4u);
    EXPECT_TRUE(rig.reads(PagedRig::kSecond - 8, 16));
}

TEST(Peek, PokeWritesAllOrNothing) {
    PeekRig rig;
    const std::array<std::byte, 8> ones{std::byte{1}, std::byte{1}, std::byte{1}, std::byte{1},
                                        std::byte{1}, std::byte{1}, std::byte{1}, std::byte{1}};
    EXPECT_FALSE(riscv::poke_memory(rig.hart(), PagedRig::kSecond + kPageSize - 4, ones));
    EXPECT_EQ(*rig.memory().host(kOther + kPageSize - 4), std::byte{0});
    EXPECT_TRUE(riscv::poke_memory(rig.hart(), PagedRig::kSecond - 4, ones));
    EXPECT_EQ(*rig.memory().host(kCode + kPageSize - 1), std::byte{1});
    EXPECT_EQ(*rig.memory().host(kOther + 3), std::byte{1});
}

TEST(Peek, CountersAreWhatTheNextInstructionReads) {
    DebugRig rig;
    rig.put(kCode, {"csrrs t0, minstret, zero", "csrrs t0, mcycle, zero", "jal zero, .+0"});
    rig.hart().pc = kCode;
    const auto peek = [&](std::string_view name) {
        u64 value = 0;
        EXPECT_TRUE(riscv::peek_csr(rig.hart(), static_cast<u32>(riscv::csr_number(name)), value));
        return value;
    };
    for (const std::string_view name : {"minstret", "mcycle"}) {
        const u64 peeked = peek(name);
        rig.go(1, StopReason::kBudget);
        EXPECT_EQ(rig.hart().x(kT0), peeked) << name;
    }
    rig.hart().pc = kCode;
    EXPECT_TRUE(riscv::poke_csr(rig.hart(), static_cast<u32>(riscv::csr_number("minstret")), 77));
    EXPECT_EQ(peek("minstret"), 77u);
    rig.go(1, StopReason::kBudget);
    EXPECT_EQ(rig.hart().x(kT0), 77u);
}

}  // namespace
}  // namespace kiln
