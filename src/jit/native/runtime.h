// What native code reaches outside itself, by name: one table for each guest architecture, copied
// to the start of the code space so that code refers to it relative to its own address.
#pragma once

#include "jit/native/convention.h"

namespace kiln::native {

// Slow calls: `call [table + symbol]` with operands in NativeState::args, in order. Every register
// survives, pinned ones and scratch too, but the flags: ZF is clear where the operation is done,
// with its result in NativeState::result. ZF set: nothing was done, and the block is to be left
// through the fault exit of the operation, with kInterpret: a trap is pending, or the interpreter
// has to do it.
enum class Symbol : u8 {
    kExit,  // not a call: jump there to leave (convention.h)
    // Accesses to memory: size is pack_access. They do what lies in RAM, but no store into a
    // guarded granule.
    kLoad,   // (address, size) -> zero-extended
    kStore,  // (address, size, value)
    // The same, where the fault exit has nothing to write back: it is taken by the call itself,
    // which returns only where the operation is done.
    kLoadOrLeave,
    kStoreOrLeave,
    // The same for accesses that faulted in the user window. Functions only.
    kLoadOutside,
    kStoreOutside,
    kProbe,             // (address, size, pack_probe); of the size only the place counts
    kLoadReserved,      // (address, size) -> zero-extended
    kStoreConditional,  // (address, size, value) -> 1: stored
    kAtomic,            // (address, size, operand, AtomicOp) -> zero-extended
    kCompareAndSwap,    // (address, size, expected, new) -> zero-extended
    kFloat,             // (a, b, c, pack_float_call) -> bits. Always done
    // Calls a Helper with CpuState::pc and budget set by the caller: (a, b, c, address of its
    // function). Pinned registers are written to the register file before and read back after, as
    // is the memory register; a helper does not change the budget. ZF set: a trap is pending. The
    // caller looks at exit_request itself.
    kHelper,
    kCount,
};

// The bytes of an access, less than 64, with its fault exit: where its guest instruction is (the
// log names it, too: pc minus NativeState::pc_page), and how many of the block are behind.
constexpr unsigned kAccessBytesShift = 10;
constexpr u64 pack_access(unsigned bytes, i64 pc, u32 behind = 0) {
    return pack_exit(kInterpret, behind, pc) | u64{bytes} << kAccessBytesShift;
}
constexpr unsigned access_bytes(u64 packed) { return packed >> kAccessBytesShift & 63; }
constexpr i64 access_pc(u64 packed) { return static_cast<i64>(packed) >> 16; }

// A floating-point operation in software, with flags raised in soft_fflags: opcode and types are
// those of the IR.
constexpr u64 pack_float_call(u8 opcode, u8 result_type, u8 operand_type, u8 rounding) {
    return u64{opcode} | u64{result_type} << 8 | u64{operand_type} << 16 | u64{rounding} << 24;
}

// Each symbol has a second form, for compilers of functions. kExit: leaves with what
// NativeState::exit holds in place of rax. Slow calls: a function of the CpuState that keeps every
// register but rax and r11 (LLVM's preserve_allcc), of vector registers the lower 128 bits; it
// returns 1 where the operation is done, else 0. kHelper's caller has written all guest state.
// kLoad and kStore are for data that goes through the TLB, which they look at first: that takes a
// few nanoseconds. kLoadOrLeave and kStoreOrLeave have none.
enum class Form : u8 { kPiece, kFunction };

// Where the word lies in the table that a symbol's address is in.
constexpr size_t table_index(Symbol symbol, Form form = Form::kPiece) {
    return static_cast<size_t>(symbol) +
           (form == Form::kFunction ? static_cast<size_t>(Symbol::kCount) : 0);
}
using Table = std::array<u64, 2 * static_cast<size_t>(Symbol::kCount)>;

}  // namespace kiln::native
