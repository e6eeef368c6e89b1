// What the passes make of blocks. That they keep what a block does is tested by tests/ir.
#include <gtest/gtest.h>

#include "jit/ir/passes.h"
#include "jit/ir/text.h"
#include "jit/ir/verifier.h"

namespace kiln::ir {
namespace {

const Helper kHelper{"helper", nullptr};
constexpr const Helper* kHelpers[] = {&kHelper};

constexpr std::string_view kHead = "block i64\nat +0, 0\n";
constexpr std::string_view kTail = "end +4, 1\n  jump +4\n";

// The instructions of a block after a pass.
std::string after(void (*pass)(Block&), const std::string& insts) {
    Block block = parse(std::string(kHead) + insts + std::string(kTail), kHelpers);
    verify(block);
    pass(block);
    verify(block);
    const std::string text = print(block);
    return text.substr(kHead.size(), text.size() - kHead.size() - kTail.size());
}

// Alone and then without what is dead.
template <void (*kPass)(Block&)>
void then_clean(Block& block) {
    kPass(block);
    remove_dead_code(block);
}

void eliminate_state_accesses(Block& block) {
    run_alone<make_reuse_state>(block);
    remove_covered_writes(block);
}

TEST(IrPasses, ReadsBecomeKnownValues) {
    EXPECT_EQ(after(then_clean<eliminate_state_accesses>, R"(  %0:i64 = get [8]
  set %0, [16]
  %2:i64 = get [16]
at +2, 0
  %3:i32 = get [8]
  store %2, %3, +0
)"),
              R"(  %0:i64 = get [8]
  set %0, [16]
at +2, 0
  %2:i32 = trunc %0
  store %0, %2, +0
)");
}

TEST(IrPasses, APartIsPutIntoTheKnownWhole) {
    EXPECT_EQ(after(then_clean<eliminate_state_accesses>, R"(  %0:i64 = get [8]
  %1:i8 = trunc %0
  set %1, [9]
  %3:i64 = get [8]
  set %3, [16]
)"),
              R"(  %0:i64 = get [8]
  %1:i8 = trunc %0
  set %1, [9]
  %3:i64 = imm 255
  %4:i64 = bit_and %0, %3
  %5:i64 = zext %1
  %6:i64 = imm 8
  %7:i64 = shl %5, %6
  %8:i64 = bit_or %4, %7
  %9:i64 = imm 16
  %10:i64 = shr %0, %9
  %11:i64 = imm 16
  %12:i64 = shl %10, %11
  %13:i64 = bit_or %8, %12
  set %13, [16]
)");
}

TEST(IrPasses, CoveredWritesMoveIntoExits) {
    EXPECT_EQ(after(eliminate_state_accesses, R"(  %0:i64 = get [0]
  %1:i64 = get [8]
  set %0, [16]
  set %0, [24]
at +2, 0
  store %1, %0, +0
  set %1, [16]
)"),
              R"(  %0:i64 = get [0]
  %1:i64 = get [8]
  set %0, [24]
at +2, 0
  store %1, %0, +0 fault {[16] = %0}
  set %1, [16]
)");
    // Not where a helper or a read sees the first one.
    const std::string seen = R"(  %0:i64 = get [0]
  set %0, [16]
at +2, 0
  %2:i64 = call %0, %0, %0, @helper
  set %2, [16]
)";
    EXPECT_EQ(after(eliminate_state_accesses, seen), seen);
    // Not where two writes cover it.
    const std::string two = R"(  %0:i16 = get [0]
  %1:i8 = get [2]
  set %0, [16]
  set %1, [16]
  set %1, [17]
)";
    EXPECT_EQ(after(eliminate_state_accesses, two), two);
}

TEST(IrPasses, ConstantsAreWorkedOut) {
    EXPECT_EQ(after(then_clean<run_alone<make_fold_constants>>, R"(  %0:i32 = imm 6
  %1:i32 = imm 7
  %2:i32 = mul %0, %1
  set %2, [0]
)"),
              R"(  %0:i32 = imm 42
  set %0, [0]
)");
}

TEST(IrPasses, DearOperationsBecomeCheap) {
    EXPECT_EQ(after(then_clean<run_alone<make_fold_constants>>, R"(  %0:i64 = get [0]
  %1:i64 = imm 8
  %2:i64 = mul %1, %0
  set %2, [8]
  %4:i64 = div_u %0, %1
  set %4, [16]
  %6:i64 = rem_u %0, %1
  set %6, [24]
at +2, 0
  %8:i1 = lt_s %0, %1
  %9:i1 = imm 1
  %10:i1 = bit_xor %8, %9
  trap_if %10, %0, 3
)"),
              R"(  %0:i64 = get [0]
  %1:i64 = imm 8
  %2:i64 = imm 3
  %3:i64 = shl %0, %2
  set %3, [8]
  %5:i64 = imm 3
  %6:i64 = shr %0, %5
  set %6, [16]
  %8:i64 = imm 7
  %9:i64 = bit_and %0, %8
  set %9, [24]
at +2, 0
  %11:i1 = le_s %1, %0
  trap_if %11, %0, 3
)");
}

TEST(IrPasses, ShiftAmountsAreBelowTheWidth) {
    EXPECT_EQ(after(then_clean<run_alone<make_fold_constants>>, R"(  %0:i32 = get [0]
  %1:i32 = imm 35
  %2:i32 = shl %0, %1
  set %2, [8]
  %4:i32 = imm 32
  %5:i32 = sar %0, %4
  set %5, [16]
)"),
              R"(  %0:i32 = get [0]
  %1:i32 = imm 3
  %2:i32 = shl %0, %1
  set %2, [8]
  set %0, [16]
)");
}

TEST(IrPasses, BoxesThatWereMadeHereAreNotChecked) {
    EXPECT_EQ(after(then_clean<run_alone<make_remove_redundant_extensions>>, R"(  %0:i32 = get [0]
  %1:i64 = zext %0
  %2:i64 = imm 0xffffffff00000000
  %3:i64 = bit_or %1, %2
  %4:i64 = imm 0xfffffffeffffffff
  %5:i1 = lt_u %4, %3
  %6:i32 = trunc %3
  %7:i32 = imm 0x7fc00000
  %8:i32 = select %5, %6, %7
  set %8, [8]
)"),
              R"(  %0:i32 = get [0]
  set %0, [8]
)");
}

TEST(IrPasses, SignExtensionsOfExtendedValuesGo) {
    EXPECT_EQ(after(then_clean<run_alone<make_remove_redundant_extensions>>, R"(  %0:i32 = get [0]
  %1:i64 = sext %0
  %2:i64 = imm 4
  %3:i64 = sar %1, %2
  %4:i32 = trunc %3
  %5:i64 = sext %4
  set %5, [8]
  %7:i64 = get [16]
  %8:i32 = trunc %7
  %9:i64 = sext %8
  set %9, [24]
)"),
              R"(  %0:i32 = get [0]
  %1:i64 = sext %0
  %2:i64 = imm 4
  %3:i64 = sar %1, %2
  set %3, [8]
  %5:i64 = get [16]
  %6:i32 = trunc %5
  %7:i64 = sext %6
  set %7, [24]
)");
}

TEST(IrPasses, NansAreMadeCanonicalWhereTheyAreStored) {
    EXPECT_EQ(after(then_clean<run_alone<make_skip_canonical_nans>>, R"(  %0:f64 = get [0]
  %1:f64 = fcanonical %0
  %2:f64 = fadd %1, %1, rne
  %3:f64 = fcanonical %2
  %4:f64 = fmul %3, %3, rne
  %5:f64 = fcanonical %4
  %6:f64 = fcanonical %5
  set %6, [0]
  %8:i64 = get [8]
  %9:f64 = ffrom_int_s %8, rne
  %10:f64 = fcanonical %9
  set %10, [8]
)"),
              R"(  %0:f64 = get [0]
  %1:f64 = fcanonical %0
  %2:f64 = fadd %1, %1, rne
  %3:f64 = fmul %2, %2, rne
  %4:f64 = fcanonical %3
  set %4, [0]
  %6:i64 = get [8]
  %7:f64 = ffrom_int_s %6, rne
  set %7, [8]
)");
}

TEST(IrPasses, FlagsAreRaisedOnceBetweenCalls) {
    EXPECT_EQ(after(run_alone<make_reuse_values>, R"(  %0:f64 = get [0]
  %1:f64 = fadd %0, %0, rne
  %2:f64 = fadd %0, %0, rne
  %3:f64 = fadd %0, %0, rup
  set %2, [8]
  %5:i64 = get [16]
at +2, 0
  %6:i64 = call %5, %5, %5, @helper
  %7:f64 = fadd %0, %0, rne
)"),
              R"(  %0:f64 = get [0]
  %1:f64 = fadd %0, %0, rne
  %2:f64 = fadd %0, %0, rup
  set %1, [8]
  %4:i64 = get [16]
at +2, 0
  %5:i64 = call %4, %4, %4, @helper
  %6:f64 = fadd %0, %0, rne
)");
}

TEST(IrPasses, ConstantsMoveIntoAccesses) {
    EXPECT_EQ(after(then_clean<run_alone<make_fold_addresses>>, R"(  %0:i64 = get [0]
  %1:i64 = imm -16
  %2:i64 = add %0, %1
  %3:i64 = load %2, +4
  store %2, %3, +0
  %5:i64 = imm 0x100000000
  %6:i64 = add %0, %5
  store %6, %3, +0
)"),
              R"(  %0:i64 = get [0]
  %1:i64 = load %0, -12
  store %0, %1, -16
  %3:i64 = imm 0x100000000
  %4:i64 = add %0, %3
  store %4, %1, +0
)");
}

TEST(IrPasses, ConstantsOfNarrowAddressesAreSigned) {
    Block block = parse(R"(block i32
at +0, 0
  %0:i32 = get [0]
  %1:i32 = imm -16
  %2:i32 = add %0, %1
  store %2, %0, +0
end +4, 1
  jump +4
)");
    run_alone<make_fold_addresses>(block);
    EXPECT_EQ(block.insts[3].operands[0], 0u);
    EXPECT_EQ(static_cast<i64>(block.insts[3].imm), -16);
}

TEST(IrPasses, DeadCodeGoesAndEffectsStay) {
    EXPECT_EQ(after(remove_dead_code, R"(  %0:i64 = get [0]
  %1:i64 = add %0, %0
  %2:i64 = get [8]
  %3:i64 = load %2, +0
  %4:f64 = bitcast %2
  %5:f64 = fsqrt %4, rne
  %6:i64 = mul %1, %1
  store %2, %2, +8 fault {[0] = %6}
)"),
              R"(  %0:i64 = get [0]
  %1:i64 = add %0, %0
  %2:i64 = get [8]
  %3:i64 = load %2, +0
  %4:f64 = bitcast %2
  %5:f64 = fsqrt %4, rne
  %6:i64 = mul %1, %1
  store %2, %2, +8 fault {[0] = %6}
)");
    EXPECT_EQ(after(remove_dead_code, R"(  %0:i64 = get [0]
  %1:i64 = add %0, %0
  %2:i64 = pc +8
)"),
              "");
}

}  // namespace
}  // namespace kiln::ir
