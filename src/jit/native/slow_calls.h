// What slow calls do (enum Symbol). True: done.
#pragma once

#include "cpu/guest.h"
#include "cpu/guest_fp_pause.h"
#include "jit/native/runtime.h"
#include "jit/native/slow_float.h"

namespace kiln::native {

template <class G>
class SlowCalls {
    using Hart = typename G::Hart;

    // An access to memory that native code asks for.
    struct Request {
        explicit Request(CpuState& state)
            : pause(state),
              hart(static_cast<Hart&>(state)),
              address(state.native.args[0]),
              bytes(access_bytes(state.native.args[1])),
              c(state.native.args[2]),
              d(state.native.args[3]),
              result(state.native.result) {
            const i64 offset = access_pc(state.native.args[1]);
            state.pc =
                static_cast<typename G::Address>(state.native.pc_page + static_cast<u64>(offset));
        }
        // For what may be done again. A page walk that set A in guarded memory has asked for the
        // end of the run: the interpreter does the instruction, and ends it there.
        bool done(bool succeeded) const { return succeeded && hart.exit_request == 0; }

        const GuestFpPause pause;
        Hart& hart;
        const u64 address;
        const unsigned bytes;
        const u64 c, d;  // the operands behind
        u64& result;
    };

  public:
    static bool load(CpuState& state) noexcept {
        const Request r(state);
        return r.done(G::load(r.hart, r.address, r.bytes, r.result, Reach::kPlainRam));
    }
    static bool store(CpuState& state) noexcept {
        const Request r(state);
        return G::store(r.hart, r.address, r.bytes, r.c, Reach::kPlainRam);
    }
    static bool load_outside(CpuState& state) noexcept { return outside_window<&load>(state); }
    static bool store_outside(CpuState& state) noexcept { return outside_window<&store>(state); }
    static bool probe(CpuState& state) noexcept {
        const Request r(state);
        const auto size = static_cast<u32>(r.c >> 8);
        return r.done(G::probe(r.hart, r.address, size, static_cast<Access>(r.c & 0xff)));
    }
    static bool load_reserved(CpuState& state) noexcept {
        const Request r(state);
        return r.done(G::load_reserved(r.hart, r.address, r.bytes, r.result));
    }
    static bool store_conditional(CpuState& state) noexcept {
        const Request r(state);
        bool stored = false;
        const bool done =
            G::store_conditional(r.hart, r.address, r.bytes, r.c, stored, Reach::kPlainRam);
        r.result = stored ? 1 : 0;
        return done;
    }
    static bool atomic_rmw(CpuState& state) noexcept {
        const Request r(state);
        return G::atomic_rmw(r.hart, static_cast<AtomicOp>(r.d), r.address, r.bytes, r.c, r.result,
                             Reach::kPlainRam);
    }
    // There is one host thread: nothing comes between the two halves.
    static bool compare_and_swap(CpuState& state) noexcept {
        const Request r(state);
        const u64 mask = r.bytes == 8 ? ~u64{0} : (u64{1} << r.bytes * 8) - 1;
        u64 old = 0;
        if (!r.done(G::load(r.hart, r.address, r.bytes, old, Reach::kPlainRam))) return false;
        const u64 next = old == (r.c & mask) ? r.d : old;
        r.result = old;
        return G::store(r.hart, r.address, r.bytes, next, Reach::kPlainRam);
    }
    static bool floating(CpuState& state) noexcept { return slow_float(state); }
    static bool helper(CpuState& state) noexcept {
        if (state.reach == Reach::kPlainRam) {
            state.raise(kBeyondReach, 0);
            return false;
        }
        const GuestFpPause pause(state);
        const auto& [a, b, c, address] = state.native.args;
        using Function = u64 (*)(CpuState&, u64, u64, u64) noexcept;
        state.native.result = reinterpret_cast<Function>(address)(state, a, b, c);
        return !state.trap_pending;
    }

  private:
    // An access of user code that was not in the window.
    template <bool (*kAccess)(CpuState&) noexcept>
    static bool outside_window(CpuState& state) noexcept {
        auto& hart = static_cast<Hart&>(state);
        if (!note_fault(hart) || !kAccess(state)) return false;
        const GuestFpPause pause(state);
        hart.map_in_window(state.native.args[0], access_bytes(state.native.args[1]));
        return true;
    }
    static bool note_fault(Hart& hart) noexcept {
        const GuestFpPause pause(hart);
        return hart.note_window_fault();
    }
};

}  // namespace kiln::native
