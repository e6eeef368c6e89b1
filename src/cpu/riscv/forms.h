// Operand forms of the instruction table: assembly syntax and immediate layout.
//
// A bit picture names the fields of an encoding by letters, most significant bit first:
//   d s t r  register fields rd, rs1, rs2, rs3        D S T  the 3-bit registers x8..x15 / f8..f15
//   i        immediate bits, in the order of the form's `imm`       m  rounding mode
//   q l      the aq and rl bits                       .      a bit that is ignored
// Syntax letters: d s t integer registers, D S T R floating-point registers, i immediate,
//   u upper immediate, p pc-relative target, c CSR, z 5-bit immediate in rs1, m rounding mode,
//   f predecessor and successor sets of a fence;
//   everything else stands for itself.
#pragma once

#include <string_view>

#include "support/int.h"

namespace kiln::riscv {

inline constexpr i8 kPictured = -1;  // the register comes from the picture

struct Form {
    std::string_view syntax;
    // Weights of the immediate's bits in the manual's notation ("12|10:5|4:1|11"), most significant
    // bit of the encoding first; empty where there is none.
    std::string_view imm = {};
    bool imm_signed = false;
    i8 rd = kPictured;  // register that the encoding implies
    i8 rs1 = kPictured;
    i8 rs2 = kPictured;
    bool rs1_is_rd = false;
};

namespace form {

inline constexpr Form kNone{""};
inline constexpr Form kR{"d,s,t"};
inline constexpr Form kR1{"d,s"};
inline constexpr Form kI{"d,s,i", "11:0", true};
inline constexpr Form kShift{"d,s,i", "5:0"};
inline constexpr Form kShiftW{"d,s,i", "4:0"};
inline constexpr Form kLoad{"d,i(s)", "11:0", true};
inline constexpr Form kStore{"t,i(s)", "11:5|4:0", true};
inline constexpr Form kBranch{"s,t,p", "12|10:5|4:1|11", true};
inline constexpr Form kUpper{"d,u", "31:12", true};
inline constexpr Form kJump{"d,p", "20|10:1|11|19:12", true};
inline constexpr Form kJumpReg{"d,i(s)", "11:0", true};
inline constexpr Form kAmo{"d,t,(s)"};
inline constexpr Form kLr{"d,(s)"};
inline constexpr Form kCsr{"d,c,s", "11:0"};
inline constexpr Form kCsrImm{"d,c,z", "11:0"};
inline constexpr Form kFenceVma{"s,t"};
inline constexpr Form kCacheOp{"(s)"};
inline constexpr Form kFence{"f", "7:0"};
inline constexpr Form kPrefetch{"i(s)", "11:5", true};

// Floating point.
inline constexpr Form kFLoad{"D,i(s)", "11:0", true};
inline constexpr Form kFStore{"T,i(s)", "11:5|4:0", true};
inline constexpr Form kFR{"D,S,T,m"};
inline constexpr Form kFR4{"D,S,T,R,m"};
inline constexpr Form kFR1{"D,S,m"};
inline constexpr Form kFRn{"D,S,T"};  // no rounding mode
inline constexpr Form kFCompare{"d,S,T"};
inline constexpr Form kFToX{"d,S,m"};
inline constexpr Form kFFromX{"D,s,m"};
inline constexpr Form kFMoveToX{"d,S"};
inline constexpr Form kFMoveFromX{"D,s"};

// Compressed.
inline constexpr Form kCNone{""};
inline constexpr Form kCAddi4spn{"d,s,i", "5:4|9:6|2|3", false, kPictured, 2};
inline constexpr Form kCLoadW{"d,i(s)", "5:3|2|6"};
inline constexpr Form kCLoadD{"d,i(s)", "5:3|7:6"};
inline constexpr Form kCStoreW{"t,i(s)", "5:3|2|6"};
inline constexpr Form kCStoreD{"t,i(s)", "5:3|7:6"};
inline constexpr Form kCFLoadW{"D,i(s)", "5:3|2|6"};
inline constexpr Form kCFLoadD{"D,i(s)", "5:3|7:6"};
inline constexpr Form kCFStoreW{"T,i(s)", "5:3|2|6"};
inline constexpr Form kCFStoreD{"T,i(s)", "5:3|7:6"};
inline constexpr Form kCI{"d,i", "5|4:0", true, kPictured, kPictured, kPictured, true};
inline constexpr Form kCLi{"d,i", "5|4:0", true, kPictured, 0};
inline constexpr Form kCLui{"d,u", "17|16:12", true};
inline constexpr Form kCAddi16sp{"d,i", "9|4|6|8:7|5", true, 2, 2};
inline constexpr Form kCShift{"d,i", "5|4:0", false, kPictured, kPictured, kPictured, true};
inline constexpr Form kCJump{"p", "11|4|9:8|10|6|7|3:1|5", true, 0};
inline constexpr Form kCJal{"p", "11|4|9:8|10|6|7|3:1|5", true, 1};
inline constexpr Form kCBranch{"s,p", "8|4:3|7:6|2:1|5", true, kPictured, kPictured, 0};
inline constexpr Form kCRR{"d,t", "", false, kPictured, kPictured, kPictured, true};
inline constexpr Form kCMv{"d,t", "", false, kPictured, 0};
inline constexpr Form kCJr{"s", "", false, 0};
inline constexpr Form kCJalr{"s", "", false, 1};
inline constexpr Form kCLoadWsp{"d,i(s)", "5|4:2|7:6", false, kPictured, 2};
inline constexpr Form kCLoadDsp{"d,i(s)", "5|4:3|8:6", false, kPictured, 2};
inline constexpr Form kCFLoadWsp{"D,i(s)", "5|4:2|7:6", false, kPictured, 2};
inline constexpr Form kCFLoadDsp{"D,i(s)", "5|4:3|8:6", false, kPictured, 2};
inline constexpr Form kCStoreWsp{"t,i(s)", "5:2|7:6", false, kPictured, 2};
inline constexpr Form kCStoreDsp{"t,i(s)", "5:3|8:6", false, kPictured, 2};
inline constexpr Form kCFStoreWsp{"T,i(s)", "5:2|7:6", false, kPictured, 2};
inline constexpr Form kCFStoreDsp{"T,i(s)", "5:3|8:6", false, kPictured, 2};

}  // namespace form
}  // namespace kiln::riscv
