// What the engine keeps of translated code, and what becomes of it.
#include "cpu/host_float.h"
#include "engine_rig.h"

namespace kiln {
namespace {

using namespace engine_test;

constexpr u64 kCode = kRamBase + 0x4000;
constexpr u64 kFsInitial = u64{1} << riscv::kMstatusFsShift;

bool guarded(Rig& rig, u64 address) { return (*rig.memory().granule(address) & kGranuleCode) != 0; }
u64 fs(Rig& rig) { return rig.hart().mstatus & riscv::kMstatusFs; }

// What a hart left open when its slice ended must not outlive the code that it points into, which
// another hart's slice may drop.
TEST(EngineCode, StoppedHartRefersToNoCode) {
    Rig rig(2);
    rig.put(kCode, {"addi a0, a0, 1", "jal zero, .+64"});
    rig.run(kCode, 2);
    EXPECT_EQ(rig.hart().pc, kCode + 68);
    EXPECT_EQ(rig.hart().open_op, nullptr);
}

TEST(EngineCode, HartsShareACacheThatIsOftenEmptied) {
    Rig rig(2, {.cache_limit = 1});
    rig.put(kCode, {"addi a0, a0, 1", "jal zero, .-4"});
    rig.hart(1).pc = kCode;
    rig.hart(0).pc = kCode;
    for (int i = 0; i < 50; ++i) {
        rig.engine().run(rig.hart(0), 3);
        rig.engine().run(rig.hart(1), 5);
    }
    EXPECT_EQ(rig.hart(0).x(10), 75u);
    EXPECT_EQ(rig.hart(1).x(10), 125u);
}

// A write drops the blocks that it touches, and only granules of those that stay are guarded.
TEST(EngineCode, GuardFollowsTheBlocksThatStay) {
    Rig rig;
    rig.put(kCode, {"jal zero, .+0"});
    rig.put(kCode + 16, {"jal zero, .+0"});
    rig.put(kCode + 128, {"jal zero, .+0"});
    for (const u64 start : {kCode, kCode + 16, kCode + 128}) rig.run(start, 1);
    const u64 zero = 0;
    rig.write(kCode + 128, &zero, 4);
    EXPECT_EQ(rig.engine().stats().blocks_invalidated, 1u);
    EXPECT_FALSE(guarded(rig, kCode + 128));
    rig.write(kCode, &zero, 4);
    EXPECT_TRUE(guarded(rig, kCode)) << "the block at +16 is in the same granule";
    rig.write(kCode + 16, &zero, 4);
    EXPECT_FALSE(guarded(rig, kCode));
    EXPECT_EQ(rig.engine().stats().blocks_invalidated, 3u);
}

TEST(EngineCode, StraddlingBlockIsGuardedAndDroppedOnBothPages) {
    Rig rig;
    const u64 boundary = kCode + kPageSize;
    for (const u64 part : {boundary - 2, boundary}) {
        rig.put(boundary - 2, {"addi a0, zero, 5", "jal zero, .+0"});
        rig.run(boundary - 2, 1);
        EXPECT_EQ(rig.hart().x(10), 5u);
        EXPECT_TRUE(guarded(rig, boundary - 2));
        EXPECT_TRUE(guarded(rig, boundary));
        const u64 dropped = rig.engine().stats().blocks_invalidated;
        const u16 zero = 0;
        rig.write(part, &zero, sizeof zero);
        EXPECT_EQ(rig.engine().stats().blocks_invalidated, dropped + 1);
        EXPECT_FALSE(guarded(rig, boundary - 2));
        EXPECT_FALSE(guarded(rig, boundary));
    }
}

// The bookkeeping that marks floating-point state as changed is made from the instruction behind
// it, and goes with it.
TEST(EngineCode, BookkeepingIsDroppedWithItsInstruction) {
    Rig rig;
    rig.put(kCode, {"addi a0, a0, 1", "fmv.d.x ft0, a0", "jal zero, .+0"});
    rig.csr("mstatus", kFsInitial);
    rig.run(kCode, 2);
    EXPECT_EQ(fs(rig), riscv::kMstatusFs);
    rig.csr("mstatus", kFsInitial);
    rig.put(kCode + 4, {"addi a0, a0, 1"});
    rig.run(kCode, 2);
    EXPECT_EQ(rig.hart().x(10), 3u);
    EXPECT_EQ(fs(rig), kFsInitial);
}

// It is part of that instruction: a slice that ends before it leaves the state as it was.
TEST(EngineCode, BookkeepingIsDoneInItsInstructionsSlice) {
    Rig rig;
    rig.put(kCode, {"addi a0, a0, 1", "fmv.d.x ft0, a0", "jal zero, .+0"});
    rig.csr("mstatus", kFsInitial);
    for (int round = 0; round < 2; ++round) {
        rig.run(kCode, 1);
        EXPECT_EQ(rig.hart().pc, kCode + 4);
        EXPECT_EQ(fs(rig), kFsInitial);
    }
    rig.engine().run(rig.hart(), 1);
    EXPECT_EQ(rig.hart().pc, kCode + 8);
    EXPECT_EQ(fs(rig), riscv::kMstatusFs);
}

// The same, across a page's end: its second part lies at the very start of RAM.
TEST(EngineCode, BookkeepingAcrossPages) {
    Rig rig;
    // Sv39 with two pages: the root and the two tables below it are pages 1 to 3.
    const u64 root = kRamBase + 0x1000;
    const auto table_entry = [&](u64 at, u64 physical, u64 flags) {
        const u64 entry = physical >> 12 << 10 | flags;
        rig.write(at, &entry, sizeof entry);
    };
    const u64 v = 0x1000;
    table_entry(root, root + 0x1000, 1);
    table_entry(root + 0x1000, root + 0x2000, 1);
    table_entry(root + 0x2000 + 8, kCode, 0x4b);
    table_entry(root + 0x2000 + 16, kRamBase, 0x4b);
    const u16 low = 0x2007;   // flw ft0, imm(...)
    const u16 high = 0x0000;  // zero
    rig.write(kCode + kPageSize - 2, &low, 2);
    rig.write(kRamBase, &high, 2);
    rig.csr("pmpaddr0", ~u64{0});
    rig.csr("pmpcfg0", 0x1f);
    rig.csr("satp", u64{8} << 60 | root >> 12);
    rig.csr("mstatus", kFsInitial);
    rig.csr("mtvec", kRamBase + 0x8000);
    rig.hart().priv = Priv::kSupervisor;
    rig.hart().update_context();
    rig.run(v + kPageSize - 2, 1);
    // Address 0 is not mapped.
    EXPECT_EQ(rig.hart().mcause, 13u);
    EXPECT_EQ(rig.hart().mepc, v + kPageSize - 2);
    EXPECT_TRUE(guarded(rig, kRamBase));
}

// What the host does while it looks for the next code (here it sets an accessed bit) is not done
// under the guest's rounding mode.
TEST(EngineCode, FetchRunsUnderTheHostsMxcsr) {
    struct Listener final : WriteListener {
        u32 mxcsr = 0;
        void guarded_write(u64, u64, u8) noexcept override { mxcsr = host::read_mxcsr(); }
    };
    Rig rig;
    Listener listener;
    rig.memory().add_listener(listener);
    const u64 root = kRamBase + 0x1000;
    const u64 gigapage = kRamBase >> 12 << 10 | 0x0b;  // V, R, X; not accessed yet
    rig.write(root + 16, &gigapage, sizeof gigapage);
    rig.memory().set_granules(root + 16, 8, kGranuleWatch);
    rig.put(kCode, {"jal zero, .+0"});
    rig.csr("pmpaddr0", ~u64{0});
    rig.csr("pmpcfg0", 0x1f);
    rig.csr("satp", u64{8} << 60 | root >> 12);
    rig.csr("menvcfg", riscv::kEnvAdue);
    rig.csr("mstatus", kFsInitial);
    rig.csr("frm", 1);
    rig.hart().priv = Priv::kSupervisor;
    rig.hart().update_context();
    const u32 before = host::read_mxcsr();
    rig.run(kCode, 1);
    EXPECT_EQ(rig.hart().pc, kCode);
    EXPECT_EQ(listener.mxcsr & ~host::kMxcsrFlags, before & ~host::kMxcsrFlags);
    // The engine computes times.
    EXPECT_EQ(host::read_mxcsr() & ~host::kMxcsrFlags, before & ~host::kMxcsrFlags);
}

}  // namespace
}  // namespace kiln
