#include <functional>
#include <gtest/gtest.h>

#include "jit/ir/text.h"
#include "jit/ir/verifier.h"

namespace kiln::ir {
namespace {

const Helper kHelper{"helper", nullptr};
constexpr const Helper* kHelpers[] = {&kHelper};

constexpr const char* kValid = R"(block i64
at +0, 0
  %x:i64 = get [40]
  %low:i32 = trunc %x
  %c:i1 = eq %x, %x
  %v:i32 = load %x, +0 fault {[0] = %x} stop {[8] = %w}
  %w:i64 = sext %v
at +4, 1
  set %w, [8]
  %f:f64 = bitcast %w
  %g:f64 = fadd %f, %f, rne
at +6, 1
  probe %x, load 8 fault {[0] = %x}
  %r:i64 = call %x, %x, %x, @helper
end +8, 2
  branch %c, +0, +8
)";

// The complaint about a block, without its text; empty: none.
std::string complaint(const Block& block) {
    try {
        verify(block);
        return "";
    } catch (const InvalidBlock& error) {
        const std::string what = error.what();
        const std::string text = print(block);
        EXPECT_EQ(what.substr(0, text.size()), text);
        return what.substr(text.size());
    }
}

struct Invalid {
    std::function<void(Block&)> spoil;
    const char* complaint;
};

TEST(IrVerifier, AcceptsAValidBlock) { EXPECT_EQ(complaint(parse(kValid, kHelpers)), ""); }

TEST(IrVerifier, FindsEachViolation) {
    const Invalid kInvalid[] = {
        {[](Block& b) { b.address = Type::kI16; },
         "instruction 0: violates: addresses are i32 or i64"},
        {[](Block& b) { b.points.clear(); },
         "instruction 0: violates: a block has a guest instruction"},
        {[](Block& b) { b.points[0].begun = 1; },
         "instruction 0: violates: counting starts with 0"},
        {[](Block& b) { b.points[1].pc = 12; }, "instruction 0: violates: points ascend"},
        {[](Block& b) { b.count = 4; },
         "instruction 0: violates: a point is at most one instruction"},
        {[](Block& b) { b.insts[0].point = 3; },
         "instruction 0: violates: an instruction belongs to a point"},
        {[](Block& b) { b.insts[9].point = 0; },
         "instruction 9: violates: instructions are in the order of points"},
        {[](Block& b) { b.insts[1].operands[0] = 1; },
         "instruction 1: violates: a value is made before it is used"},
        {[](Block& b) { b.insts[6].operands[0] = 5; },
         "instruction 6: violates: a value is made before it is used"},
        {[](Block& b) { b.insts[1].operands[0] = kNoValue; },
         "instruction 1: violates: a value is made before it is used"},
        {[](Block& b) { b.insts[1].operands[1] = 0; },
         "instruction 1: violates: too many operands"},
        {[](Block& b) { b.insts[1].type = Type::kF32; },
         "instruction 1: 'n' of the signature cannot be f32"},
        {[](Block& b) { b.insts[2].operands[1] = 1; },
         "instruction 2: 'n' of the signature is i64 and i32"},
        {[](Block& b) { b.insts[3].operands[0] = 1; },
         "instruction 3: 'a' of the signature cannot be i32"},
        {[](Block& b) { b.insts[5].type = Type::kI64; },
         "instruction 5: '-' of the signature cannot be i64"},
        {[](Block& b) { b.insts[1].type = Type::kI64; },
         "instruction 1: violates: a truncation makes narrower"},
        {[](Block& b) { b.insts[4].type = Type::kI32; },
         "instruction 4: violates: an extension makes wider"},
        {[](Block& b) { b.insts[6].type = Type::kF32; },
         "instruction 6: violates: a bitcast keeps the width"},
        {[](Block& b) { b.insts[1].imm = 1; }, "instruction 1: violates: there is no immediate"},
        {[](Block& b) { b.insts[0].imm = 100000; },
         "instruction 0: violates: the state lies in CpuState"},
        {[](Block& b) { b.insts[7].imm = 5; }, "instruction 7: violates: the rounding mode exists"},
        {[](Block& b) { b.insts[8].imm = 3; },
         "instruction 8: violates: a probe has a kind and a size"},
        {[](Block& b) { b.insts[9].imm = 1; }, "instruction 9: violates: the helper exists"},
        {[](Block& b) {
             b.insts[8].point = b.insts[9].point = b.insts[5].point;
             b.points.pop_back();
             b.count = 2;
         },
         "instruction 8: violates: faults come before commits"},
        {[](Block& b) { b.insts[4].exits = 0; },
         "instruction 4: violates: only what may leave the block has exits"},
        {[](Block& b) { b.insts[3].exits = 9; }, "instruction 3: violates: the exits exist"},
        {[](Block& b) {
             b.exits[0].fault = {0, 9};
         },
         "instruction 3: violates: the live state exists"},
        // What the load makes is not there where it faults.
        {[](Block& b) { b.live[0].value = 3; },
         "instruction 3: violates: a value is made before it is used"},
        // The stop exit is taken when the instruction is done, not later.
        {[](Block& b) { b.live[1].value = 6; },
         "instruction 3: violates: a value is made before it is used"},
        {[](Block& b) {
             b.exits[1].stop = {0, 1};
         },
         "instruction 8: violates: the operation stops"},
        {[](Block& b) {
             b.live[1] = {4, 0}, b.exits[0].stop = {0, 2};
         },
         "instruction 3: violates: live state is written once"},
        {[](Block& b) {
             b.terminal = Branch{0, 0, 0};
         },
         "instruction 10: violates: a branch takes a condition"},
        {[](Block& b) { b.terminal = IndirectJump{1}; },
         "instruction 10: violates: a jump takes an address"},
        {[](Block& b) {
             b.terminal = Trap{0, 1};
         },
         "instruction 10: violates: a trap's value is an address"},
        {[](Block& b) {
             b.terminal = HelperExit{1, {0, 0, 0}};
         },
         "instruction 10: violates: the helper exists"},
        {[](Block& b) {
             b.terminal = HelperExit{0, {0, 0, 1}};
         },
         "instruction 10: violates: a helper takes i64"},
        {[](Block& b) { b.terminal = IndirectJump{77}; },
         "instruction 10: violates: a value is made before it is used"},
    };
    for (const Invalid& invalid : kInvalid) {
        Block block = parse(kValid, kHelpers);
        invalid.spoil(block);
        EXPECT_EQ(complaint(block), invalid.complaint);
    }
}

TEST(IrVerifier, ChecksImmediates) {
    auto block_of = [](Opcode opcode, Type type, u64 imm) {
        Block block = parse("block i64\nat 0, 0\n%a:i64 = imm 0\n%b:i64 = imm 0\nend 4, 1\njump 4");
        Inst inst{.opcode = opcode, .type = type, .point = 0, .imm = imm};
        for (u8 n = 0; n < inst.arity(); ++n) inst.operands[n] = n;
        block.insts.push_back(inst);
        return complaint(block);
    };
    EXPECT_EQ(block_of(Opcode::imm, Type::kI8, 255), "");
    EXPECT_EQ(block_of(Opcode::imm, Type::kI8, 256),
              "instruction 2: violates: the constant has its type's bits");
    EXPECT_EQ(block_of(Opcode::load_reserved, Type::kI64, 4),
              "instruction 2: violates: the order exists");
    EXPECT_EQ(block_of(Opcode::atomic_rmw, Type::kI64, 9 << 8),
              "instruction 2: violates: the atomic operation and its order exist");
    EXPECT_EQ(block_of(Opcode::fence, Type::kNone, 16),
              "instruction 2: violates: the fence's bits exist");
}

}  // namespace
}  // namespace kiln::ir
