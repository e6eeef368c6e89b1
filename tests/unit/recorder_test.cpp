// Every row of the instruction table through the building policy: what is written for evaluation
// also builds, and obeys the rules of cpu/emitter.h.
#include "jit/ir/recorder.h"

#include <array>
#include <gtest/gtest.h>
#include <utility>

#include "cpu/riscv/guest.h"
#include "jit/interp/evaluator.h"

namespace kiln {
namespace {

using ir::Effect;
using ir::Operation;
using ir::Recorder;
using riscv::InsnId;
using riscv::InsnInfo;
using riscv::Operands;

static_assert(Emitter<interp::Evaluator<riscv::Rv32, interp::Manner::kFast>>);
static_assert(Emitter<interp::Evaluator<riscv::Rv32, interp::Manner::kCareful>>);
static_assert(Emitter<interp::Evaluator<riscv::Rv64, interp::Manner::kFast>>);
static_assert(Emitter<interp::Evaluator<riscv::Rv64, interp::Manner::kCareful>>);

Effect effect_of(const Operation& operation) { return ir::opcode_info(operation.opcode).effect; }

size_t count(const std::vector<Operation>& operations, Effect effect) {
    size_t found = 0;
    for (const Operation& operation : operations) found += effect_of(operation) == effect;
    return found;
}

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

template <class G, size_t kId>
std::vector<Operation> record(const Operands& operands) {
    typename G::template View<Recorder> view;
    G::template apply<kId>(view, operands);
    return view.operations();
}

void expect_values_come_first(const std::vector<Operation>& operations) {
    for (size_t i = 0; i < operations.size(); ++i) {
        for (ir::ValueId id : operations[i].operands) {
            ASSERT_LT(id, i);
            EXPECT_NE(operations[id].type, ir::Type::kNone);
        }
    }
}

// Faults come before commits: behind the first change of a register or of memory, nothing faults.
void expect_faults_before_commits(const std::vector<Operation>& operations) {
    bool committed = false;
    for (const Operation& operation : operations) {
        const Effect effect = effect_of(operation);
        const bool faults = effect == Effect::kFaults || effect == Effect::kStores;
        EXPECT_FALSE(committed && faults) << ir::opcode_info(operation.opcode).name;
        if (effect == Effect::kWrites || effect == Effect::kStores) committed = true;
    }
}

template <class G, size_t kId>
void check_row() {
    if constexpr (G::template exists<kId>) {
        const InsnInfo& info = riscv::insn_info(static_cast<InsnId>(kId));
        SCOPED_TRACE(info.mnemonic);
        for (const Operands& operands : operand_samples(info)) {
            const auto operations = record<G, kId>(operands);
            EXPECT_EQ(operations, (record<G, kId>(operands)));
            EXPECT_EQ(count(operations, Effect::kEnds), info.has(riscv::kEnd) ? 1u : 0u);
            EXPECT_EQ(!operations.empty() && effect_of(operations.back()) == Effect::kEnds,
                      info.has(riscv::kEnd));
            expect_values_come_first(operations);
            expect_faults_before_commits(operations);
        }
    }
}

template <class G, size_t... kIds>
void check_all(std::index_sequence<kIds...>) {
    for (auto check : {&check_row<G, kIds>...}) check();
}

TEST(Recorder, BuildsEveryRowOfRv32) {
    check_all<riscv::Rv32>(std::make_index_sequence<riscv::kInsnCount>());
}
TEST(Recorder, BuildsEveryRowOfRv64) {
    check_all<riscv::Rv64>(std::make_index_sequence<riscv::kInsnCount>());
}

TEST(Recorder, WritesDownOperationsAndOperands) {
    Operands operands;
    operands.rd = 5;
    operands.rs1 = 6;
    operands.imm = -3;
    const auto got = record<riscv::Rv64, static_cast<size_t>(InsnId::addi)>(operands);
    const std::vector<Operation> expected = {
        {ir::Opcode::get, ir::Type::kU64, {}, riscv::x_offset(6)},
        {ir::Opcode::imm, ir::Type::kU64, {}, static_cast<u64>(-3)},
        {ir::Opcode::add, ir::Type::kU64, {0, 1}},
        {ir::Opcode::set, ir::Type::kU64, {2}, riscv::x_offset(5)},
    };
    EXPECT_EQ(got, expected);
}

TEST(Recorder, TellsImmediatesApart) {
    Operands a;
    Operands b;
    b.imm = 1;
    constexpr auto kAddi = static_cast<size_t>(InsnId::addi);
    EXPECT_NE((record<riscv::Rv32, kAddi>(a)), (record<riscv::Rv32, kAddi>(b)));
}

}  // namespace
}  // namespace kiln
