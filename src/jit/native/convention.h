// How pieces of native code hand over to each other, to the engine, and to slow paths: the
// transfer convention that every JIT backend keeps.
//
// A piece is entered by a jump, with
//
//     r13        the hart's CpuState
//     r12        budget: instructions that may still begin (signed)
//     r15        memory register (NativeState::memory)
//     kPinnedInts, kPinnedFloats
//                guest registers, those that the guest's layout names; the slots of these in
//                CpuState are stale meanwhile
//     rsp        frame of the trampoline: kFrameBytes of scratch memory at [rsp, rsp + kFrameBytes)
//     MXCSR      the guest's
//
// and NativeState::pc_page set. rax, rbx, rbp, r10, xmm8 to xmm15 and the flags hold nothing. A
// piece is left by a jump: to another piece, through a slot in data that holds its address, or to
// the exit, with rax saying why (Exit, below) and, where that does not say it, CpuState::pc set and
// the budget exact.
//
// rsp is 8 more than a multiple of 16, as it is in a function that was called.
//
// LLVM 19 says the same as a tail call (`musttail`) of a `preserve_nonecc` function with eleven
// integer and eight floating-point arguments: that convention passes integers in r12 to r15, rdi,
// rsi, rdx, rcx, r8, r9 and r11, and floating point in xmm0 to xmm7, and saves none of them. (A
// twelfth, rax, would leave no register for the address to jump to. It wants rbp kept, for which
// nobody asks: only the trampoline's caller does, and it has it back from the stack.)
#pragma once

#include <array>

#include "cpu/cpu_state.h"
#include "cpu/emitter.h"

namespace kiln::native {

// Host registers, numbered as instructions encode them.
enum Gpr : u8 {
    rax,
    rcx,
    rdx,
    rbx,
    rsp,
    rbp,
    rsi,
    rdi,
    r8,
    r9,
    r10,
    r11,
    r12,
    r13,
    r14,
    r15,
};

inline constexpr Gpr kStateReg = r13;
inline constexpr Gpr kBudgetReg = r12;
inline constexpr Gpr kMemoryReg = r15;
inline constexpr std::array<Gpr, 8> kPinnedInts = {rdi, rsi, r8, r9, r11, r14, rcx, rdx};
inline constexpr unsigned kPinnedFloats = 8;  // xmm0 and up

// Which slots of the register file are pinned: 64 bits each. In a guest whose addresses are 32
// bits wide the integer ones hold 32 bits, zero-extended.
struct Layout {
    std::array<StateOffset, kPinnedInts.size()> ints;
    std::array<StateOffset, kPinnedFloats> floats;
};

// Scratch memory that a piece may use while it runs.
inline constexpr unsigned kFrameBytes = 1024;
// From rsp in a piece up to where the trampoline's caller had it: the frame, r15, r14, r13, r12,
// rbp, rbx and the return address. Debuggers are told (observe/symbol_elf.cpp).
inline constexpr unsigned kCallerFrame = kFrameBytes + 6 * 8 + 8;
static_assert(kCallerFrame % 16 == 8);

// What rax holds at the exit: one of these, pack_exit, or the address of an Edge that is not
// linked: execution goes on at pc_page + Edge::offset.
enum ExitCode : u64 {
    kGoOn = 0,  // pc has no native code as far as is known here, or a trap is pending
    // The interpreter is to run from pc on: an access that only it does. Or that access has raised
    // a trap, which is pending; the budget does not count its instruction yet.
    kInterpret = 1,
};

// An exit in the middle of a block, or in front of it: pc becomes pc_page + `offset`, and the
// budget gets `behind` instructions back (kMostBehind at most), those of the block that have not
// begun. It is one small constant, so that the many exits that are hardly ever taken are short.
// (Bits 10 to 15 mean nothing.)
constexpr u64 kPackedExit = 2;
constexpr u32 kMostBehind = 127;
constexpr u64 exit_behind(u64 exit) { return exit >> 3 & kMostBehind; }
constexpr u64 pack_exit(ExitCode code, u32 behind, i64 offset) {
    return code | kPackedExit | u64{behind} << 3 | static_cast<u64>(offset) << 16;
}

}  // namespace kiln::native
