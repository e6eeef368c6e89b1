// What slow calls do (enum Symbol). True: done.
#pragma once

#include "cpu/guest.h"
#include "cpu/guest_fp_pause.h"
#include "jit/native/slow_float.h"

namespace kiln::native {

template <class G>
struct SlowCalls {
    using Hart = typename G::Hart;

    static bool load(CpuState& state) noexcept {
        const GuestFpPause pause(state);
        const auto& [address, bytes, c, d] = state.native.args;
        return G::load(hart(state), address, static_cast<unsigned>(bytes), state.native.result,
                       Reach::kPlainRam);
    }
    static bool store(CpuState& state) noexcept {
        const GuestFpPause pause(state);
        const auto& [address, bytes, value, d] = state.native.args;
        return G::store(hart(state), address, static_cast<unsigned>(bytes), value,
                        Reach::kPlainRam);
    }
    static bool probe(CpuState& state) noexcept {
        const GuestFpPause pause(state);
        const auto& [address, bytes, access, d] = state.native.args;
        return G::probe(hart(state), address, bytes, static_cast<Access>(access));
    }
    static bool load_reserved(CpuState& state) noexcept {
        const GuestFpPause pause(state);
        const auto& [address, bytes, c, d] = state.native.args;
        return G::load_reserved(hart(state), address, static_cast<unsigned>(bytes),
                                state.native.result);
    }
    static bool store_conditional(CpuState& state) noexcept {
        const GuestFpPause pause(state);
        const auto& [address, bytes, value, d] = state.native.args;
        bool stored = false;
        const bool done = G::store_conditional(hart(state), address, static_cast<unsigned>(bytes),
                                               value, stored, Reach::kPlainRam);
        state.native.result = stored ? 1 : 0;
        return done;
    }
    static bool atomic_rmw(CpuState& state) noexcept {
        const GuestFpPause pause(state);
        const auto& [address, bytes, operand, operation] = state.native.args;
        return G::atomic_rmw(hart(state), static_cast<AtomicOp>(operation), address,
                             static_cast<unsigned>(bytes), operand, state.native.result,
                             Reach::kPlainRam);
    }
    // There is one host thread: nothing comes between the two halves.
    static bool compare_and_swap(CpuState& state) noexcept {
        const GuestFpPause pause(state);
        const auto& [address, size, expected, desired] = state.native.args;
        const auto bytes = static_cast<unsigned>(size);
        const u64 mask = bytes == 8 ? ~u64{0} : (u64{1} << bytes * 8) - 1;
        u64 old = 0;
        if (!G::load(hart(state), address, bytes, old, Reach::kPlainRam)) return false;
        const u64 next = old == (expected & mask) ? desired : old;
        if (!G::store(hart(state), address, bytes, next, Reach::kPlainRam)) return false;
        state.native.result = old;
        return true;
    }
    static bool floating(CpuState& state) noexcept { return slow_float(state); }
    static bool helper(CpuState& state) noexcept {
        const GuestFpPause pause(state);
        const auto& [a, b, c, address] = state.native.args;
        using Function = u64 (*)(CpuState&, u64, u64, u64) noexcept;
        state.native.result = reinterpret_cast<Function>(address)(state, a, b, c);
        return !state.trap_pending;
    }

  private:
    static Hart& hart(CpuState& state) { return static_cast<Hart&>(state); }
};

}  // namespace kiln::native
