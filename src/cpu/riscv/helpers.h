// Helpers of the RISC-V guest: what the emitter's operations cannot say, shared by all engines.
// They live in csr.cpp, trap.cpp and mmu.cpp; the comments give the arguments.
#pragma once

#include "cpu/emitter.h"

namespace kiln::riscv {

// Set in a CSR helper's first argument beside the CSR number.
inline constexpr u64 kCsrWillWrite = u64{1} << 12;
inline constexpr u64 kCsrSet = u64{1} << 13;    // the value is a mask of bits to set
inline constexpr u64 kCsrClear = u64{1} << 14;  // or to clear
// Set in an sfence helper's third argument beside the raw encoding.
inline constexpr u64 kFenceHasAddress = u64{1} << 32;
inline constexpr u64 kFenceHasAsid = u64{1} << 33;

extern const Helper kCsrRead;     // (number | flags, -, raw) -> value; illegal traps
extern const Helper kCsrWrite;    // (number | flags, value, raw); illegal traps
extern const Helper kEcall;       // environment call from the current mode
extern const Helper kMret;        // (-, -, raw)
extern const Helper kSret;        // (-, -, raw)
extern const Helper kWfi;         // (next pc, -, raw)
extern const Helper kYield;       // (next pc): lets other harts run
extern const Helper kFenceVma;    // (address, asid, raw | flags), then goes on at the next pc
extern const Helper kFenceInval;  // (-, -, raw): checks of sfence.w.inval and sfence.inval.ir
extern const Helper kCboInval;    // (address, -, raw)
extern const Helper kCboClean;    // (address, -, raw); also cbo.flush
extern const Helper kCboZero;     // (address, -, raw)
extern const Helper kMarkDirty;   // sets mstatus.FS to Dirty and goes on at the same pc

}  // namespace kiln::riscv
