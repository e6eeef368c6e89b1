// What happens between instructions, whichever engine runs them.
#pragma once

#include "cpu/guest.h"

namespace kiln {

// Why run() returned.
enum class StopReason {
    kBudget,   // all instructions of the slice have begun
    kWait,     // the hart waits for an interrupt
    kYield,    // the hart spins and lets others run
    kMachine,  // a device or a register wants the machine's attention
    kDebug,    // the debugger has a breakpoint here, or watches what the next instruction does
};

// Delivers what is due. False: the run ends, for `reason`.
template <Guest G>
bool settle(typename G::Hart& hart, StopReason& reason) {
    if (hart.trap_pending) {
        G::deliver_trap(hart);
        hart.forget_way();
    }
    if (hart.exit_request != 0) {
        const u32 request = hart.exit_request;
        hart.exit_request = 0;
        hart.forget_way();
        G::take_interrupt(hart);
        if ((request & kExitWait) != 0 && hart.waiting) {
            reason = StopReason::kWait;
            return false;
        }
        if ((request & kExitMachine) != 0) {
            reason = StopReason::kMachine;
            return false;
        }
        if ((request & kExitYield) != 0) {
            reason = StopReason::kYield;
            return false;
        }
    }
    return hart.budget > 0;
}

}  // namespace kiln
