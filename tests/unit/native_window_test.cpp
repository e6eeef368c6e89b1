// The part of RAM that native code accesses without a TLB.
#include <random>

#include "cpu/riscv/mmu.h"
#include "cpu/riscv/mode.h"
#include "native_rig.h"

namespace kiln::riscv {
namespace {

using native_test::HartRig;
using native_test::kRamBase;
using native_test::kRamSize;

constexpr u64 kEnd = kRamBase + kRamSize;
enum : u8 { kR = 1, kW = 2, kX = 4, kTor = 8, kNa4 = 16, kNapot = 24, kLocked = 0x80 };

u64 napot(u64 base, u64 size) { return (base | (size / 2 - 1)) >> 2; }

class PmpWindow : public testing::Test {
  protected:
    void entry(u8 config, u64 address) {
        pmp.set_address(entries_, address, 64);
        pmp.set_config(entries_, config);
        ++entries_;
    }
    void expect(Priv priv, u64 first, u64 size) const {
        const Pmp::Range open = pmp.largest_open(kRamBase, kRamSize, priv);
        EXPECT_EQ(open.size, size);
        EXPECT_EQ(open.first, first);
    }

    Pmp pmp;

  private:
    unsigned entries_ = 0;
};

TEST_F(PmpWindow, WithoutEntriesItIsMachineModes) {
    expect(Priv::kMachine, kRamBase, kRamSize);
    expect(Priv::kSupervisor, 0, 0);
    expect(Priv::kUser, 0, 0);
}

TEST_F(PmpWindow, EverythingIsGranted) {
    entry(kNapot | kR | kW | kX, ~u64{0} >> 10);
    expect(Priv::kMachine, kRamBase, kRamSize);
    expect(Priv::kSupervisor, kRamBase, kRamSize);
}

// As OpenSBI has it: its own memory first, and then everything.
TEST_F(PmpWindow, FirmwareIsLeftOut) {
    entry(kNapot, napot(kRamBase, 0x40000));
    entry(kNapot | kR | kW | kX, ~u64{0} >> 10);
    expect(Priv::kSupervisor, kRamBase + 0x40000, kRamSize - 0x40000);
    expect(Priv::kMachine, kRamBase, kRamSize);
}

TEST_F(PmpWindow, LockedHoleCountsInMachineMode) {
    entry(kNapot | kLocked, napot(kRamBase + 0x40000, 0x1000));
    expect(Priv::kMachine, kRamBase + 0x41000, kRamSize - 0x41000);
    entry(kNapot | kLocked | kR, napot(kRamBase + 0x80000, 0x1000));
    expect(Priv::kMachine, kRamBase + 0x81000, kRamSize - 0x81000);
}

TEST_F(PmpWindow, RangesMeetBetweenPages) {
    entry(0, kRamBase >> 2);
    entry(kTor | kR | kW, (kRamBase + 0x10000) >> 2);
    entry(kTor | kR | kW | kX, (kRamBase + 0x30000) >> 2);
    entry(kTor | kR, (kRamBase + 0x38000) >> 2);
    entry(kTor | kR | kW, (kRamBase + 0x48000) >> 2);
    expect(Priv::kSupervisor, kRamBase, 0x30000);
}

// An access that lies across the border is refused.
TEST_F(PmpWindow, RangesDoNotMeetInsideAPage) {
    entry(0, kRamBase >> 2);
    entry(kTor | kR | kW, (kRamBase + 0x10010) >> 2);
    entry(kTor | kR | kW, (kRamBase + 0x30000) >> 2);
    expect(Priv::kSupervisor, kRamBase + 0x10010, 0x1fff0);
    EXPECT_EQ(pmp.check(kRamBase + 0x1000c, 8, Access::kLoad, Priv::kSupervisor),
              Pmp::Verdict::kMixed);
}

TEST_F(PmpWindow, FourBytesSplitMachineModeToo) {
    entry(kNa4, (kRamBase + 0x1004) >> 2);
    expect(Priv::kMachine, kRamBase + 0x1008, kRamSize - 0x1008);
}

TEST_F(PmpWindow, ReadOnlyMemoryHasNone) {
    entry(kNapot | kR | kX, ~u64{0} >> 10);
    expect(Priv::kSupervisor, 0, 0);
    expect(Priv::kMachine, kRamBase, kRamSize);
}

// Random entries: each access in the window is one that the slow path permits, and no run of pages
// that are wholly open is larger.
TEST(HartWindow, HoldsWhatTheSlowPathPermits) {
    std::mt19937_64 random(1);
    unsigned windows = 0;
    for (int round = 0; round < 300; ++round) {
        HartRig rig;
        Hart& hart = rig.hart;
        for (unsigned i = 0; i < 4; ++i) {
            const u64 address = kRamBase + random() % kRamSize;
            const u64 grain = random() % 2 == 0 ? kPageSize : 4;
            const bool is_napot = random() % 2 == 0;
            hart.pmp.set_address(
                i, is_napot ? napot(address & -0x8000, 0x8000) : (address & -grain) >> 2, 64);
            const u8 rights = random() % 3 == 0 ? kR : kR | kW;
            hart.pmp.set_config(i, static_cast<u8>((is_napot ? kNapot : kTor) | rights |
                                                   (random() % 4 == 0 ? kLocked : 0)));
        }
        if (random() % 2 == 0) hart.pmp.set_config(5, kNapot | kR | kW);
        hart.pmp.set_address(5, ~u64{0} >> 10, 64);
        hart.priv = random() % 2 == 0 ? Priv::kMachine : Priv::kSupervisor;
        hart.update_protection();
        const DirectWindow& window = hart.native.window;
        u64 largest_run = 0;
        u64 run = 0;
        for (u64 page = kRamBase; page < kEnd; page += kPageSize) {
            const bool open = hart.pmp.check(page, kPageSize, Access::kLoad, hart.priv) ==
                                  Pmp::Verdict::kAllowed &&
                              hart.pmp.check(page, kPageSize, Access::kStore, hart.priv) ==
                                  Pmp::Verdict::kAllowed;
            run = open ? run + kPageSize : 0;
            largest_run = std::max(largest_run, run);
        }
        EXPECT_GE(window.limit + 7, largest_run);
        if (!hart.direct()) continue;
        ++windows;
        const auto permitted = [&](u64 distance) {
            u64 value;
            const u64 address = window.first + distance;
            return load(hart, address, 8, value) && store(hart, address, 8, value);
        };
        for (u64 distance = 0; distance < window.limit;
             distance += distance % kPageSize < 16 ? 1 : kPageSize / 2 - 21)
            ASSERT_TRUE(permitted(distance)) << round << ": " << window.first + distance;
        ASSERT_TRUE(permitted(window.limit - 1));
    }
    EXPECT_GT(windows, 200u);
}

TEST(HartWindow, SaysWhereMemoryAndGranulesAre) {
    HartRig rig;
    const NativeState& native = rig.hart.native;
    ASSERT_TRUE(rig.hart.direct());
    EXPECT_EQ(native.window.first, kRamBase);
    EXPECT_EQ(native.window.limit, kRamSize - 7);
    EXPECT_EQ(native.window.granules, rig.memory.granule(kRamBase));
    EXPECT_EQ(native.memory + kRamBase + 123,
              reinterpret_cast<u64>(rig.memory.host(kRamBase + 123)));
    EXPECT_EQ(native.granule_base, rig.memory.granule_base());
    EXPECT_NE(mode_word(rig.hart) & kModeDirect, 0u);
    // It begins with a granule, wherever PMP lets it begin.
    rig.csr("pmpaddr0", (kRamBase + 0x1004) >> 2);
    rig.csr("pmpcfg0", kTor | kLocked);
    EXPECT_EQ(native.window.first, kRamBase + 0x1040);
    EXPECT_EQ(native.window.limit, kRamSize - 0x1040 - 7);
    EXPECT_EQ(native.window.granules, rig.memory.granule(kRamBase + 0x1040));
}

TEST(HartWindow, FollowsModeTranslationAndProtection) {
    HartRig rig;
    Hart& hart = rig.hart;
    const auto expect_paged = [&] {
        EXPECT_FALSE(hart.direct());
        EXPECT_EQ(mode_word(hart) & kModeDirect, 0u);
        EXPECT_EQ(hart.native.memory, reinterpret_cast<u64>(hart.tlb));
    };
    rig.enter_mode(Priv::kSupervisor);
    expect_paged();  // PMP has no entry
    rig.enter_mode(Priv::kMachine);
    EXPECT_TRUE(hart.direct());
    rig.csr("pmpaddr0", ~u64{0} >> 10);
    rig.csr("pmpcfg0", kNapot | kR | kW | kX);
    rig.enter_mode(Priv::kSupervisor);
    EXPECT_TRUE(hart.direct());
    rig.enter_mode(Priv::kMachine);
    rig.csr("satp", u64{8} << 60);
    EXPECT_TRUE(hart.direct());
    rig.enter_mode(Priv::kSupervisor);
    expect_paged();
    rig.enter_mode(Priv::kMachine);
    hart.exit_request = 0;
    const u64 key = hart.fetch_key;
    rig.csr("mstatus", kMstatusMprv | u64{1} << kMstatusMppShift);
    expect_paged();
    EXPECT_NE(hart.exit_request & kExitModeChanged, 0u);
    EXPECT_NE(hart.fetch_key, key);
    rig.csr("satp", 0);
    EXPECT_TRUE(hart.direct());
    rig.csr("pmpaddr0", napot(kRamBase, 0x10000));
    EXPECT_EQ(hart.native.window.limit, 0x10000u - 7);
    rig.csr("pmpcfg0", kNapot | kR | kX);
    expect_paged();
    rig.csr("mstatus", 0);
    EXPECT_TRUE(hart.direct());
}

// Addresses of 32 bits wrap: an access at the end does not go on behind it.
TEST(HartWindow, EndsWhereAddressesDo) {
    HartRig narrow(32, (u64{1} << 31) + kPageSize);
    EXPECT_EQ(narrow.hart.native.window.first + narrow.hart.native.window.limit,
              (u64{1} << 32) - 7);
    HartRig wide(64, (u64{1} << 31) + kPageSize);
    EXPECT_EQ(wide.hart.native.window.first + wide.hart.native.window.limit,
              (u64{1} << 32) + kPageSize - 7);
}

}  // namespace
}  // namespace kiln::riscv
