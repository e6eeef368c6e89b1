#include <gtest/gtest.h>

#include "jit/ir/text.h"

namespace kiln::ir {
namespace {

const Helper kHelper{"helper", nullptr};
constexpr const Helper* kHelpers[] = {&kHelper};

// Every kind of immediate, exit and name, in the form that is printed.
constexpr const char* kEverything = R"(block i64
at +0, 0
  %0:i64 = imm 0xfffffffffffffffe
  %1:i64 = get [40]
  %2:i64 = pc -8
  %3:i32 = load %1, +16 fault {[8] = %0, [16] = %2} stop {[24] = %4}
  %4:i64 = sext %3
  set %4, [24]
at +4, 1
  store %1, %3, -4 stop {[8] = %0}
  probe %1, store 8 fault {[8] = %0}
  %8:i32 = load_reserved %1, acquire
  %9:i1 = store_conditional %1, %8, release
  %10:i32 = atomic_rmw %1, %8, maxu acquire_release
  %11:i32 = atomic_cas %1, %8, %10, relaxed
  fence ll ss
  fence none
at +6, 1
  %14:f64 = bitcast %1
  %15:f64 = fma %14, %14, %14, rmm
  fraise %9, 16
  exit_if %9, +12
  trap_if %9, %1, 13
  %19:i64 = call %1, %2, %4, @helper
at +10, 2
end +10, 2
)";

TEST(IrText, PrintsWhatItReads) {
    for (const char* terminal :
         {"  jump -4\n", "  jump +100, call\n", "  branch %9, +0, +10\n", "  jump_to %1\n",
          "  jump_to %1, return\n", "  jump_to %1, return_and_call\n", "  trap 2, %1\n",
          "  exit @helper, %1, %2, %4\n"}) {
        const std::string text = std::string(kEverything) + terminal;
        const Block block = parse(text, kHelpers);
        EXPECT_EQ(print(block), text);
        EXPECT_EQ(parse(print(block), kHelpers), block);
    }
}

TEST(IrText, TakesNamesNegativeNumbersAndComments) {
    const Block block = parse(R"(
        block i32   ; a comment
        at +0, 0
          %minus_one:i8 = imm -1
          %x:i8 = add %minus_one, %minus_one
          set %x, [0]
        end +4, 1
          jump +4
    )");
    EXPECT_EQ(print(block), R"(block i32
at +0, 0
  %0:i8 = imm 255
  %1:i8 = add %0, %0
  set %1, [0]
end +4, 1
  jump +4
)");
}

struct Malformed {
    const char* text;
    const char* error;
};
const Malformed kMalformed[] = {
    {"", "line 1: the block has no terminal"},
    {"blok i64", "line 1: expected 'block', found 'blok'"},
    {"block i65", "line 1: 'i65' is no type"},
    {"block i64\n%0:i64 = imm 0", "line 2: an instruction stands in front of the first 'at'"},
    {"block i64\nat 0", "line 2: expected ',', found ''"},
    {"block i64\nat x, 0", "line 2: 'x' is not a number"},
    {"block i64\nat -1, 0", "line 2: a number is too large"},
    {"block i64\nat 0, 0\n%0:i64 = immm 0", "line 3: 'immm' is no operation"},
    {"block i64\nat 0, 0\nadd %0, %0", "line 3: add has a result"},
    {"block i64\nat 0, 0\n%0:i64 = imm 0\n%1:i64 = set %0, [0]", "line 4: set has no result"},
    {"block i64\nat 0, 0\n%0:i64 = add %0, %0", "line 3: '%0' is no value"},
    {"block i64\nat 0, 0\n%0:i64 = imm 0\n%0:i64 = imm 0", "line 4: %0 is made twice"},
    {"block i64\nat 0, 0\n%0:i64 = imm 0 0", "line 3: '0' is too much"},
    {"block i64\nat 0, 0\n%0:i64 = imm 18446744073709551616",
     "line 3: '18446744073709551616' is not a number"},
    {"block i64\nat 0, 0\n%0:i64 = get 8", "line 3: expected '[', found '8'"},
    {"block i64\nat 0, 0\nfence lx", "line 3: 'lx' is no order of a fence"},
    {"block i64\nat 0, 0\n%0:i64 = imm 0\n%1:i64 = load %0, +0 fault {[0] = %2}\nend 0, 1\njump 0",
     "line 4: '%2' is no value"},
    {"block i64\nat 0, 0\n%0:i64 = imm 0\n%1:i64 = load %0, +0 late {}",
     "line 4: 'late {}' is too much"},
    {"block i64\nat 0, 0\nend 4, 1\njmp 0", "line 4: 'jmp' is no terminal"},
    {"block i64\nat 0, 0\nend 4, 1\njump 0, twice", "line 4: 'twice' is no hint"},
    {"block i64\nat 0, 0\nend 4, 1\njump 0\njump 0", "line 5: nothing may follow the terminal"},
    {"block i64\nat 0, 0\n%0:i64 = imm 0\nend 4, 1\nexit @other, %0, %0, %0",
     "line 5: '@other' is no helper"},
    {"block i64\nat 0, 0\n%0:f64 = fadd %0", "line 3: '%0' is no value"},
};

TEST(IrText, SaysWhatIsWrongAndWhere) {
    for (const Malformed& m : kMalformed) {
        try {
            parse(m.text, kHelpers);
            ADD_FAILURE() << "accepted: " << m.text;
        } catch (const ParseError& error) {
            EXPECT_STREQ(error.what(), m.error) << m.text;
        }
    }
}

TEST(IrText, CountsLinesFromWhereItIsTold) {
    try {
        parse("block i64\nat", {}, 40);
        ADD_FAILURE();
    } catch (const ParseError& error) {
        EXPECT_STREQ(error.what(), "line 41: '' is not a number");
    }
}

// A malformed block is printed before the verifier complains of it.
TEST(IrText, PrintsMalformedBlocks) {
    Block block;
    block.insts.push_back({.opcode = Opcode::call, .type = Type::kI64, .point = 7, .imm = 9});
    block.insts.push_back({.opcode = Opcode::fadd, .type = Type::kF64, .point = 0, .imm = 77});
    block.insts.push_back({.opcode = Opcode::fence, .type = Type::kNone, .point = 0, .exits = 3});
    block.live.push_back({0, 5});
    EXPECT_EQ(print(block), R"(block i64
  %0:i64 = call %none, %none, %none, @?
  %1:f64 = fadd %none, %none, ?
  fence none
end +0, 0
  jump +0
)");
}

}  // namespace
}  // namespace kiln::ir
