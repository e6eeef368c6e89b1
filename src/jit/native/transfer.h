// Into native code and out of it, and to what it calls: the code behind the symbols of runtime.h,
// for each guest architecture.
#pragma once

#include "jit/native/runtime.h"

namespace kiln::native {

// Runs native code at `entry`, a host address, until it leaves. State is CpuState's before and
// after; NativeState::pc_page is set, and MXCSR is the guest's. Returns an ExitCode or an Edge's
// address.
using Enter = u64 (*)(CpuState* state, u64 entry);

template <class G>
Enter enter_of() noexcept;
template <class G>
const Table& table_of() noexcept;
template <class G>
constexpr Layout layout_of() {
    return {G::kPinnedInts, G::kPinnedFloats};
}

}  // namespace kiln::native
