#include "cpu/riscv/csr_counters.h"

namespace kiln::riscv::csr {
namespace {

constexpr u64 kInhibitCycle = 1;
constexpr u64 kInhibitInstret = 4;

}  // namespace

u64 cycles(const Hart& hart) {
    if ((hart.mcountinhibit & kInhibitCycle) != 0) return hart.mcycle_offset;
    return hart.begun() - 1 + hart.mcycle_offset;
}

void set_cycles(Hart& hart, u64 value) {
    hart.mcycle_offset = (hart.mcountinhibit & kInhibitCycle) != 0 ? value : value - hart.begun();
}

u64 instret(const Hart& hart) {
    if ((hart.mcountinhibit & kInhibitInstret) != 0) return hart.minstret_offset;
    return hart.retired() - 1 + hart.minstret_offset;
}

void set_instret(Hart& hart, u64 value) {
    hart.minstret_offset =
        (hart.mcountinhibit & kInhibitInstret) != 0 ? value : value - hart.retired();
}

void set_inhibit(Hart& hart, u64 value) {
    // The counts stay as they are when counting stops or starts.
    const u64 cycle_count = cycles(hart) + ((hart.mcountinhibit & kInhibitCycle) != 0 ? 0 : 1);
    const u64 instret_count = instret(hart) + ((hart.mcountinhibit & kInhibitInstret) != 0 ? 0 : 1);
    hart.mcountinhibit = value & (kInhibitCycle | kInhibitInstret);
    set_cycles(hart, cycle_count);
    set_instret(hart, instret_count);
}

}  // namespace kiln::riscv::csr
