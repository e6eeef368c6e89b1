// Every row of the instruction table through the building policy: what is written for evaluation
// also builds, and obeys the rules of cpu/emitter.h.
#include <array>
#include <gtest/gtest.h>
#include <utility>

#include "cpu/riscv/assemble.h"
#include "cpu/riscv/guest.h"
#include "jit/interp/evaluator.h"
#include "jit/ir/builder.h"
#include "jit/ir/text.h"
#include "jit/ir/verifier.h"

namespace kiln {
namespace {

using ir::Block;
using ir::Effect;
using riscv::InsnId;
using riscv::InsnInfo;
using riscv::Operands;

static_assert(Emitter<interp::Evaluator<riscv::Rv32, interp::Manner::kFast>>);
static_assert(Emitter<interp::Evaluator<riscv::Rv32, interp::Manner::kCareful>>);
static_assert(Emitter<interp::Evaluator<riscv::Rv64, interp::Manner::kFast>>);
static_assert(Emitter<interp::Evaluator<riscv::Rv64, interp::Manner::kCareful>>);

// Operands that decoding can give: different registers, x0 in each place, the immediate's range.
std::vector<Operands> operand_samples(const InsnInfo& info) {
    std::vector<Operands> samples;
    for (u8 rd : {u8{1}, u8{31}, riscv::kNoRd}) {
        for (u8 rs1 : {u8{0}, u8{1}, u8{30}}) {
            for (i32 imm : {0, 1, -1, 2047, -2048}) {
                Operands o;
                o.rd = rd;
                o.rs1 = rs1;
                o.rs2 = static_cast<u8>(rs1 ^ 2);
                o.imm = imm;
                // The third source and one of the five rounding modes.
                if (info.rm.width != 0)
                    o.imm = (imm & 31) | static_cast<i32>((imm & 0xff) % 5) << 8;
                samples.push_back(o);
            }
        }
    }
    return samples;
}

template <class G>
using View = typename G::template View<ir::Builder>;

// One instruction of 4 bytes, 8 bytes behind the block's entry.
template <class G, size_t kId>
Block build(const Operands& operands) {
    View<G> view(ir::kTypeOf<typename G::Address>);
    view.begin_insn(0, 4);
    view.begin_insn(4, 4);
    view.begin_insn(8, 4);
    G::template apply<kId>(view, operands);
    return view.finish();
}

// What ends a block that no instruction ends.
bool goes_on(const Block& block) { return block.terminal == ir::Terminal(ir::Jump{block.end}); }

// Faults come before commits: behind the first change of a register or of memory, nothing faults.
void expect_faults_before_commits(const Block& block) {
    bool committed = false;
    for (const ir::Inst& inst : block.insts) {
        const ir::OpcodeInfo& info = ir::info_of(inst.opcode);
        EXPECT_FALSE(committed && ir::has_exits(inst.opcode)) << info.name;
        const bool stores = inst.opcode == ir::Opcode::store ||
                            inst.opcode == ir::Opcode::store_conditional ||
                            inst.opcode == ir::Opcode::atomic_rmw;
        if (info.effect == Effect::kWrites || info.effect == Effect::kOrders || stores)
            committed = true;
    }
}

template <class G, size_t kId>
void check_row() {
    if constexpr (G::template exists<kId>) {
        const InsnInfo& info = riscv::insn_info(static_cast<InsnId>(kId));
        SCOPED_TRACE(info.mnemonic);
        for (const Operands& operands : operand_samples(info)) {
            const Block block = build<G, kId>(operands);
            EXPECT_EQ(block, (build<G, kId>(operands)));
            EXPECT_NO_THROW(ir::verify(block));
            EXPECT_EQ(!goes_on(block), info.has(riscv::kEnd));
            expect_faults_before_commits(block);
        }
    }
}

template <class G, size_t... kIds>
void check_all(std::index_sequence<kIds...>) {
    for (auto check : {&check_row<G, kIds>...}) check();
}

TEST(IrBuilder, BuildsEveryRowOfRv32) {
    check_all<riscv::Rv32>(std::make_index_sequence<riscv::kInsnCount>());
}
TEST(IrBuilder, BuildsEveryRowOfRv64) {
    check_all<riscv::Rv64>(std::make_index_sequence<riscv::kInsnCount>());
}

TEST(IrBuilder, MakesABlockOfSeveralInstructions) {
    View<riscv::Rv64> view(ir::Type::kI64);
    Operands o;
    o.rd = 5;
    o.rs1 = 6;
    o.imm = -3;
    view.begin_insn(0, 4);
    riscv::Rv64::apply<static_cast<size_t>(InsnId::addi)>(view, o);
    o.rs2 = 7;
    view.begin_insn(4, 2);
    riscv::Rv64::apply<static_cast<size_t>(InsnId::sw)>(view, o);
    o.rs1 = 0;
    o.imm = -4;
    view.begin_insn(6, 4);
    riscv::Rv64::apply<static_cast<size_t>(InsnId::bne)>(view, o);
    EXPECT_EQ(print(view.finish()), R"(block i64
at +0, 0
  %0:i64 = get [48]
  %1:i64 = imm 0xfffffffffffffffd
  %2:i64 = add %0, %1
  set %2, [40]
at +4, 1
  %4:i64 = get [48]
  %5:i64 = imm 0xfffffffffffffffd
  %6:i64 = add %4, %5
  %7:i64 = get [56]
  %8:i32 = trunc %7
  store %6, %8, +0
at +6, 2
  %10:i64 = imm 0
  %11:i64 = get [56]
  %12:i1 = eq %10, %11
  %13:i1 = imm 1
  %14:i1 = bit_xor %12, %13
end +10, 3
  branch %14, +2, +10
)");
}

TEST(IrBuilder, EndsBehindTheLastInstructionAndDoesNotCountBookkeeping) {
    View<riscv::Rv32> view(ir::Type::kI32);
    view.begin_insn(0, 4);
    view.begin_insn(4, 0);
    riscv::Rv32::apply<static_cast<size_t>(InsnId::mark_dirty)>(view, {});
    const Block block = view.finish();
    EXPECT_EQ(block.count, 1u);
    EXPECT_EQ(block.end, 4u);
    EXPECT_EQ(block.points, (std::vector<ir::GuestPoint>{{0, 0}, {4, 1}}));
}

// The table of the unprivileged manual: rd and rs1 are link registers or not.
TEST(IrBuilder, TakesReturnAddressHintsFromRegisters) {
    constexpr auto kJalr = static_cast<size_t>(InsnId::jalr);
    constexpr auto kJal = static_cast<size_t>(InsnId::jal);
    auto jalr = [](u8 rd, u8 rs1) {
        Operands o;
        o.rd = rd;
        o.rs1 = rs1;
        return std::get<ir::IndirectJump>(build<riscv::Rv64, kJalr>(o).terminal).hint;
    };
    auto jal = [](u8 rd) {
        Operands o;
        o.rd = rd;
        return std::get<ir::Jump>(build<riscv::Rv64, kJal>(o).terminal).hint;
    };
    for (u8 plain : {u8{2}, u8{6}, u8{31}, riscv::kNoRd}) {
        EXPECT_EQ(jal(plain), JumpHint::kNone);
        EXPECT_EQ(jalr(plain, 10), JumpHint::kNone);
        for (u8 link : {u8{1}, u8{5}}) {
            EXPECT_EQ(jal(link), JumpHint::kCall);
            EXPECT_EQ(jalr(plain, link), JumpHint::kReturn);
            EXPECT_EQ(jalr(link, 10), JumpHint::kCall);
            EXPECT_EQ(jalr(link, link), JumpHint::kCall);
            EXPECT_EQ(jalr(link, link == 1 ? u8{5} : u8{1}), JumpHint::kReturnAndCall);
        }
    }
}

TEST(IrBuilder, KeepsTheOrderOfAtomicsAndFences) {
    auto order_of = [](const char* line) {
        std::string error;
        const riscv::Isa isa = riscv::Isa::everything(64);
        const auto insn = riscv::assemble(line, isa, 0, error);
        EXPECT_TRUE(insn) << error;
        return riscv::decode(insn->bits, isa, {}).operands;
    };
    constexpr auto kSwap = static_cast<size_t>(InsnId::amoswap_w);
    auto atomic = [&](const char* line) {
        const Block block = build<riscv::Rv64, kSwap>(order_of(line));
        for (const ir::Inst& inst : block.insts)
            if (inst.opcode == ir::Opcode::atomic_rmw) return ir::atomic_order(inst.imm);
        ADD_FAILURE();
        return Order::kRelaxed;
    };
    EXPECT_EQ(atomic("amoswap.w a0, a1, (a2)"), Order::kRelaxed);
    EXPECT_EQ(atomic("amoswap.w.rl a0, a1, (a2)"), Order::kRelease);
    EXPECT_EQ(atomic("amoswap.w.aq a0, a1, (a2)"), Order::kAcquire);
    EXPECT_EQ(atomic("amoswap.w.aqrl a0, a1, (a2)"), Order::kAcquireRelease);

    constexpr auto kFence = static_cast<size_t>(InsnId::fence);
    auto fence = [&](const char* line) {
        return build<riscv::Rv64, kFence>(order_of(line)).insts.at(0).imm;
    };
    EXPECT_EQ(fence("fence rw,rw"), 15u);
    EXPECT_EQ(fence("fence iorw,iorw"), 15u);
    EXPECT_EQ(fence("fence r,rw"), kFenceLoadLoad | kFenceLoadStore);
    EXPECT_EQ(fence("fence w,r"), kFenceStoreLoad);
    EXPECT_EQ(fence("fence o,w"), kFenceStoreStore);
    constexpr auto kTso = static_cast<size_t>(InsnId::fence_tso);
    EXPECT_EQ((build<riscv::Rv64, kTso>({}).insts.at(0).imm),
              kFenceLoadLoad | kFenceLoadStore | kFenceStoreStore);
}

}  // namespace
}  // namespace kiln
