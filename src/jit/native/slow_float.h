// Floating point in software, for native code.
#pragma once

#include "cpu/cpu_state.h"

namespace kiln::native {

// Does the operation that NativeState::args describes (enum Symbol, kFloat). Always true.
bool slow_float(CpuState& state) noexcept;

}  // namespace kiln::native
