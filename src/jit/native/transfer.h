// Into native code and out of it, and to what it calls: the code behind the symbols of runtime.h,
// for each guest architecture.
#pragma once

#include "jit/native/native_block.h"
#include "jit/native/runtime.h"

namespace kiln::native {

// Runs native code at `entry`, a host address, until it leaves. Returns what rax holds then.
using Enter = u64 (*)(CpuState* state, u64 entry);

// Where rsp points in the piece that runs, or ran last, of the frame that the trampoline made: what
// lies there is kCallerFrame bytes long. For debuggers: the code of a piece may move rsp. (One
// thread runs guests.)
inline const void* current_frame = nullptr;

template <class G>
Enter enter_of() noexcept;
template <class G>
const Table& table_of() noexcept;
template <class G>
constexpr Layout layout_of() {
    return {G::kPinnedInts, G::kPinnedFloats};
}

// Runs native code at `entry`, a host address, until it leaves. State is CpuState's before and
// after; NativeState::pc_page is set, and MXCSR is the guest's. Returns an ExitCode or an Edge's
// address.
template <class G>
u64 run(CpuState& state, u64 entry) noexcept {
    const u64 exit = enter_of<G>()(&state, entry);
    if (exit <= kInterpret) return exit;
    const auto set_pc = [&](i64 offset) {
        const u64 pc = state.native.pc_page + static_cast<u64>(offset);
        state.pc = static_cast<typename G::Address>(pc);
    };
    if ((exit & kPackedExit) == 0) {
        set_pc(reinterpret_cast<const Edge*>(exit)->offset);
        return exit;
    }
    set_pc(static_cast<i64>(exit) >> 16);
    state.budget += static_cast<i64>(exit_behind(exit));
    return exit & kInterpret;
}

}  // namespace kiln::native
