// Where the RISC-V registers lie in CpuState's register file.
#pragma once

#include <cstddef>

#include "cpu/cpu_state.h"
#include "cpu/emitter.h"

namespace kiln::riscv {

// x0 to x31 and the slot that swallows writes to x0 (kNoRd), then f0 to f31.
inline constexpr u32 kFirstX = 0;
inline constexpr u32 kFirstF = 40;

constexpr StateOffset x_offset(u64 reg) {
    return static_cast<StateOffset>(offsetof(CpuState, regs) + (kFirstX + reg) * sizeof(u64));
}
constexpr StateOffset f_offset(u64 reg) {
    return static_cast<StateOffset>(offsetof(CpuState, regs) + (kFirstF + reg) * sizeof(u64));
}

}  // namespace kiln::riscv
