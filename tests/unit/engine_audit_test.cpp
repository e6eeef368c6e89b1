// --audit: it finds native code that does something else than the interpreter, and changes nothing
// where both agree.
#include <functional>
#include <gmock/gmock.h>

#include "cpu/riscv/state.h"
#include "jit/asmjit_backend/asmjit_backend.h"
#include "region_rig.h"

namespace kiln {
namespace {

using namespace engine_test;
using ::testing::HasSubstr;

constexpr u64 kData = kRamBase + 0x8000;
constexpr u64 kDevice = 0x10000000;
constexpr unsigned kA0 = 10, kA1 = 11, kA2 = 12;

// asmjit, compiling something else than it was given.
class Liar final : public Backend {
  public:
    using Change = std::function<void(ir::Block&)>;
    static Change& change() {
        static Change change;
        return change;
    }

    Liar(native::CodeSpace& space, const native::Layout& layout)
        : honest_(make_asmjit_backend(space, layout)) {}
    std::string_view name() const override { return "liar"; }
    native::Block* compile(const ir::Block& block, const CompileSite& site) override {
        ir::Block changed = block;
        if (change()) change()(changed);
        return honest_->compile(changed, site);
    }

  private:
    std::unique_ptr<Backend> honest_;
};

EngineSetup audited(Liar::Change change = {}) {
    Liar::change() = std::move(change);
    EngineSetup setup;
    setup.hot.make_backend = [](native::CodeSpace& space,
                                const native::Layout& layout) -> std::unique_ptr<Backend> {
        return std::make_unique<Liar>(space, layout);
    };
    setup.hot.tier_up = 0;
    setup.hot.code_cache = native::CodeSpace::kSmallest;
    setup.hot.audit = true;
    return setup;
}

// Every constant `from` becomes `to`.
Liar::Change constant(u64 from, u64 to) {
    return [=](ir::Block& block) {
        for (ir::Inst& inst : block.insts)
            if (inst.opcode == ir::Opcode::imm && inst.imm == from) inst.imm = to;
    };
}
Liar::Change opcode(ir::Opcode from, ir::Opcode to) {
    return [=](ir::Block& block) {
        for (ir::Inst& inst : block.insts)
            if (inst.opcode == from) inst.opcode = to;
    };
}

// Counts up, stores and loads, adds and divides floating-point numbers, and branches.
void put_program(Rig& rig) {
    rig.csr("mstatus", riscv::kMstatusFs);
    rig.put(kCode, {"addi a0, a0, 77", "sd a0, 16(a1)", "ld a2, 16(a1)", "fcvt.d.l fa0, a2",
                    "fcvt.d.l fa1, a0", "fadd.d fa2, fa0, fa1", "fdiv.d fa3, fa2, fa0",
                    "fsd fa3, 24(a1)", "blt a0, a3, .-32", "jal zero, .+0"});
    rig.hart().set_x(kA1, kData);
    rig.hart().set_x(13, 7700);
}

std::string failure(Rig& rig) {
    try {
        rig.run(kCode, 1000);
    } catch (const AuditFailure& failure) {
        return failure.what() + ("\n" + failure.report());
    }
    return "none";
}
std::string failure(Liar::Change change) {
    Rig rig(1, audited(std::move(change)));
    put_program(rig);
    return failure(rig);
}

TEST(EngineAudit, RightCodePassesAndChangesNothing) {
    Rig checked(1, audited());
    Rig interpreted;
    for (Rig* rig : {&checked, &interpreted}) {
        put_program(*rig);
        for (const i64 slice : {1, 7, 300, 100, 1000})
            rig->run(rig->hart().begun() == 0 ? kCode : rig->hart().pc, slice);
    }
    EXPECT_NE(checked.engine().stats().hot.blocks_compiled, 0u);
    for (size_t slot = 0; slot < kRegisterSlots; ++slot)
        if (!riscv::Rv64::slot_name(slot).empty()) {
            EXPECT_EQ(checked.hart().regs[slot], interpreted.hart().regs[slot]);
        }
    EXPECT_EQ(checked.hart().pc, interpreted.hart().pc);
    EXPECT_EQ(checked.hart().begun(), interpreted.hart().begun());
    EXPECT_EQ(checked.hart().fflags(), interpreted.hart().fflags());
    EXPECT_EQ(std::memcmp(checked.memory().host(kData), interpreted.memory().host(kData), 64), 0);
}

TEST(EngineAudit, DifferenceIsNamed) {
    EXPECT_THAT(failure(constant(77, 78)), HasSubstr("interpreter: a0\n"));
    // A store beside its place.
    EXPECT_THAT(
        failure([](ir::Block& block) {
            for (ir::Inst& inst : block.insts)
                if (inst.opcode == ir::Opcode::store) inst.imm += 8;
        }),
        HasSubstr(
            "! [0x80008010]                        0x0               0x4d                0x0\n"));
    EXPECT_THAT(failure(opcode(ir::Opcode::fadd, ir::Opcode::fsub)),
                HasSubstr("interpreter: fa2\n"));
    EXPECT_THAT(failure([](ir::Block& block) {
                    if (auto* branch = std::get_if<ir::Branch>(&block.terminal))
                        std::swap(branch->taken, branch->not_taken);
                }),
                HasSubstr("interpreter: pc\n"));
    EXPECT_THAT(failure([](ir::Block& block) { --block.count; }),
                HasSubstr("interpreter: instructions begun\n"));
}

TEST(EngineAudit, ReportShowsTheBlockAndBothStates) {
    const std::string report = failure(constant(77, 78));
    EXPECT_THAT(report, HasSubstr("hart 0, pc 0x80004000, physical 0x80004000"));
    EXPECT_THAT(report, HasSubstr("0x80004000: addi a0,a0,77\n"));
    EXPECT_THAT(report, HasSubstr("imm 77"));
    EXPECT_THAT(
        report,
        HasSubstr(
            "! a0                                  0x0               0x4d               0x4e"));
    EXPECT_THAT(report, HasSubstr("  a1                           0x80008000"));
}

// What cannot be done twice is done once, by the interpreter.
TEST(EngineAudit, DevicesAndHelpersAreAskedOnce) {
    struct Counting final : Device {
        std::optional<u64> read(u64, unsigned) noexcept override { return ++accesses; }
        bool write(u64, unsigned, u64) noexcept override { return ++accesses != 0; }
        u64 accesses = 0;
    } device;
    Rig rig(1, audited());
    rig.memory().bus().map("device", kDevice, kPageSize, device);
    rig.put(kCode, {"addi a0, a0, 1", "ld a2, 0(a1)", "csrrs a4, minstret, zero", "sd a0, 8(a1)",
                    "addi a0, a0, 1", "csrrw a5, mscratch, a0", "jal zero, .-24"});
    rig.hart().set_x(kA1, kDevice);
    rig.hart().pc = kCode;
    while (rig.hart().begun() < 7 * 10)
        rig.run(rig.hart().pc, static_cast<i64>(7 * 10 - rig.hart().begun()));
    EXPECT_EQ(device.accesses, 20u);
    EXPECT_EQ(rig.hart().x(kA0), 20u);
    EXPECT_EQ(rig.hart().x(kA2), 19u);
    EXPECT_EQ(rig.hart().x(14), 9 * 7 + 2u);
    EXPECT_EQ(rig.hart().mscratch, 20u);
    EXPECT_EQ(rig.hart().x(15), 18u);
    EXPECT_NE(rig.engine().stats().hot.blocks_compiled, 0u);
}

// Code that the block itself overwrites.
TEST(EngineAudit, SelfModifyingCodeGoesOn) {
    Rig rig(1, audited());
    rig.put(kCode, {"addi a0, a0, 1", "sw a2, 0(a1)", "addi a0, a0, 2", "jal zero, .+0"});
    rig.put(kData, {"addi a0, a0, 32"});
    u32 patch = 0;
    std::memcpy(&patch, rig.memory().host(kData), sizeof patch);
    rig.hart().set_x(kA1, kCode + 8);
    rig.hart().set_x(kA2, patch);
    rig.run(kCode, 10);
    EXPECT_EQ(rig.hart().x(kA0), 33u);
}

// Regions, compiled as they should be but for a block that is changed.
class LyingRegions final : public RegionBackend {
  public:
    explicit LyingRegions(const native::Table& table) : honest_(table) {}
    std::string_view name() const override { return "lying regions"; }
    native::Region* compile(const ir::Region& region, const RegionSite& site) override {
        ir::Region changed = region;
        for (ir::RegionBlock& block : changed.blocks)
            if (Liar::change()) Liar::change()(block.block);
        return honest_.compile(changed, site);
    }
    void release(native::Region& region) noexcept override { honest_.release(region); }

  private:
    HandRegionBackend honest_;
};

EngineSetup audited_regions(bool both, Liar::Change change = {}) {
    EngineSetup setup = audited(std::move(change));
    if (!both) setup.hot.make_backend = nullptr;
    if (both) setup.hot.make_backend = make_hand_backend;
    setup.hot.make_regions =
        [](const RegionBackendSetup& regions) -> std::unique_ptr<RegionBackend> {
        return std::make_unique<LyingRegions>(regions.table);
    };
    setup.hot.tier_up = 4;
    setup.hot.region_heat = 1000;
    HandBackend::log() = {};
    HandRegionBackend::log() = {};
    return setup;
}

// A loop of two blocks: t0 counts up to t1, t2 by twos.
void put_two_blocks(Rig& rig, u64 rounds) {
    rig.put(kCode, {"addi t0, t0, 1", "bne t0, t4, .+8", "addi t2, t2, 1", "addi t2, t2, 2",
                    "addi t3, t3, 3", "bne t0, t1, .-20", "jal zero, .+0"});
    rig.hart().set_x(kT0, 0);
    rig.hart().set_x(kT1, rounds);
}

TEST(EngineAudit, RegionsOfSeveralBlocksPass) {
    for (const bool both : {false, true}) {
        for (const i64 slice : {7, 64, 1000, 20'000}) {
            OnRegions<Rig> rig(1, audited_regions(both));
            put_two_blocks(rig, 10'000);
            rig.hart().pc = kCode;
            const u64 all = 5 * 10'000;
            while (rig.hart().begun() < all)
                rig.run(rig.hart().pc, std::min(slice, static_cast<i64>(all - rig.hart().begun())));
            EXPECT_EQ(rig.hart().pc, kCode + 24);
            EXPECT_EQ(rig.hart().x(kT0), 10'000u);
            EXPECT_EQ(rig.hart().x(kT2), 20'000u);
            ASSERT_FALSE(rig.regions().compiled.empty());
            EXPECT_EQ(rig.regions().compiled.front().blocks.size(), 2u);
            // It ran natively, nearly all of it where slices are long.
            EXPECT_GT(rig.in_regions(), slice < 1000 ? 0u : 2 * 5'000u);
        }
    }
}

std::string region_failure(bool both, Liar::Change change) {
    Rig rig(1, audited_regions(both, std::move(change)));
    put_two_blocks(rig, 10'000);
    try {
        rig.hart().pc = kCode;
        for (int slices = 0; slices < 100; ++slices) rig.run(rig.hart().pc, 1000);
    } catch (const AuditFailure& failure) {
        return failure.what() + ("\n" + failure.report());
    }
    return "none";
}

TEST(EngineAudit, DifferenceInARegionIsNamed) {
    for (const bool both : {false, true}) {
        const std::string report = region_failure(both, constant(2, 7));
        EXPECT_THAT(report, HasSubstr("code of the region at 0x80004000 differs"));
        EXPECT_THAT(report, HasSubstr("interpreter: t2\n"));
        EXPECT_THAT(report, HasSubstr(" block at 0x80004000, entered "));
        EXPECT_THAT(report, HasSubstr(" block at 0x8000400c, entered "));
        EXPECT_THAT(report, HasSubstr("0x80004010: addi t3,t3,3\n"));
        // What counts wrong, or leaves by the wrong way.
        EXPECT_THAT(region_failure(both, [](ir::Block& block) { block.count += block.count == 3; }),
                    HasSubstr("differs from the interpreter"));
        EXPECT_THAT(region_failure(both,
                                   [](ir::Block& block) {
                                       if (auto* to = std::get_if<ir::Branch>(&block.terminal))
                                           std::swap(to->taken, to->not_taken);
                                   }),
                    HasSubstr("differs from the interpreter"));
        EXPECT_EQ(region_failure(both, {}), "none");
    }
}

}  // namespace
}  // namespace kiln
