// Harts on an engine whose hot blocks become hand-made native code.
#pragma once

#include "cpu/riscv/state.h"
#include "engine_rig.h"
#include "hand_backend.h"

namespace kiln::engine_test {

inline constexpr u64 kCode = kRamBase + 0x4000;
inline constexpr u64 kOther = kCode + kPageSize;
inline constexpr unsigned kT0 = 5, kT1 = 6, kT2 = 7, kT3 = 28, kT4 = 29;
inline constexpr u64 kTierUp = 40;

// A rig whose hot blocks become hand-made native code.
class NativeRig : public Rig {
  public:
    explicit NativeRig(u64 tier_up = kTierUp, unsigned harts = 1, EngineSetup setup = {})
        : Rig(harts, with_backend(setup, tier_up)) {
        HandBackend::log() = {};
    }

    // Entries to native code by the hart.
    u64 native(unsigned id = 0) { return hart(id).regs[kNativeEntries]; }
    HandBackend::Log& log() { return HandBackend::log(); }
    bool compiled(u64 address) {
        return std::ranges::count(log().compiled, address & ~kPageMask) != 0;
    }
    HotCodeStats hot() { return engine().stats().hot; }
    BlockCounts at(u64 address) { return engine().counts(address, 2); }

    // Runs until `pc` comes, in slices; fails after `limit` instructions.
    void run_to(u64 start, u64 end, i64 slice = 1000, i64 limit = 10'000'000) {
        hart().pc = start;
        for (; hart().pc != end && limit > 0; limit -= slice) engine().run(hart(), slice);
        EXPECT_EQ(hart().pc, end);
    }

  private:
    static EngineSetup with_backend(EngineSetup setup, u64 tier_up) {
        setup.hot.make_backend = make_hand_backend;
        setup.hot.tier_up = tier_up;
        if (setup.hot.code_cache > native::CodeSpace::kSmallest)
            setup.hot.code_cache = native::CodeSpace::kSmallest;
        return setup;
    }
};

// Two code pages and room for page tables: kCode and kOther are seen at 0x1000 and 0x2000.
class PagedRig : public NativeRig {
  public:
    static constexpr u64 kFirst = 0x1000, kSecond = 0x2000;

    explicit PagedRig(u64 tier_up = 0, unsigned harts = 1, EngineSetup setup = {})
        : NativeRig(tier_up, harts, setup) {
        const u64 root = kRamBase + 0x1000;
        entry(root, root + 0x1000, 1);
        entry(root + 0x1000, root + 0x2000, 1);
        map(kFirst, kCode);
        map(kSecond, kOther);
        for (unsigned id = 0; id < harts; ++id) {
            csr("pmpaddr0", ~u64{0}, id);
            csr("pmpcfg0", 0x1f, id);
            csr("satp", u64{8} << 60 | root >> 12, id);
            hart(id).priv = Priv::kSupervisor;
            hart(id).update_context();
        }
    }
    void map(u64 address, u64 physical) {
        entry(kRamBase + 0x3000 + (address >> 12) * 8, physical, 0x4b);
    }
    void remap(u64 address, u64 physical) {
        map(address, physical);
        hart().flush_translations();
    }

  private:
    void entry(u64 at, u64 physical, u64 flags) {
        const u64 value = physical >> 12 << 10 | flags;
        write(at, &value, sizeof value);
    }
};

// A trap in code that is compiled when it is met is the instruction's, with exact counts, and what
// came before it is done.
template <class R>
void check_traps_are_exact() {
    R rig(0);
    rig.put(kCode, {"addi t0, t0, 1", "ld t2, 0(zero)", "addi t0, t0, 100"});
    rig.put(kOther, {"addi t3, t3, 1", "jal zero, .+0"});
    rig.csr("mtvec", kOther);
    for (u64 round = 1; round <= 3; ++round) {
        const u64 begun = rig.hart().begun();
        rig.run(kCode, 4);
        EXPECT_EQ(rig.hart().begun(), begun + 4);
        EXPECT_EQ(rig.hart().mepc, kCode + 4);
        EXPECT_EQ(rig.hart().mcause, 5u);
        EXPECT_EQ(rig.hart().x(kT0), round);
        EXPECT_EQ(rig.hart().x(kT3), round);
        EXPECT_EQ(rig.hart().pc, kOther + 4);
    }
}

}  // namespace kiln::engine_test
