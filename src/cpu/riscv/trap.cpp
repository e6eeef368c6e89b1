// Traps: delegation, delivery and return (privileged manual, chapters "Machine-Level ISA" and
// "Supervisor-Level ISA").
#include "cpu/riscv/causes.h"
#include "cpu/riscv/hart.h"
#include "cpu/riscv/helpers.h"
#include "support/log.h"

namespace kiln::riscv {
namespace {

// Address of the handler: vectored mode spreads interrupts only.
u64 vector(u64 tvec, u64 cause, bool interrupt) {
    const u64 base = tvec & ~u64{3};
    return interrupt && (tvec & 1) != 0 ? base + 4 * cause : base;
}

// Moves an enable bit on trap entry and return.
u64 with_bit(u64 word, u64 bit, bool value) { return value ? word | bit : word & ~bit; }

u64 raise_illegal(Hart& hart, u64 raw) {
    hart.raise(kCauseIllegal, raw);
    return 0;
}

// Where a trap went, after it was taken at `epc` in mode `from`.
void log_trap(const Hart& hart, Priv from, u64 cause, bool interrupt, u64 epc, u64 value) {
    log_line(LogItem::interrupts,
             "hart {}: {} {} ({}), epc {:#x}, tval {:#x}, {} to {}, handler {:#x}", hart.id,
             interrupt ? "interrupt" : "exception", cause, cause_name(cause, interrupt), epc, value,
             priv_letter(from), priv_letter(hart.priv), hart.pc);
}

void return_to(Hart& hart, Priv priv, u64 pc) {
    if (priv != Priv::kMachine) hart.mstatus &= ~kMstatusMprv;
    hart.priv = priv;
    hart.pc = pc;
    hart.exit_request |= kExitModeChanged | kExitPoll;
    hart.update_context();
}

u64 mret(CpuState& state, u64, u64, u64 raw) noexcept {
    Hart& hart = hart_of(state);
    if (hart.priv != Priv::kMachine) return raise_illegal(hart, raw);
    const auto previous = static_cast<Priv>((hart.mstatus & kMstatusMpp) >> kMstatusMppShift);
    hart.mstatus = with_bit(hart.mstatus, kMstatusMie, (hart.mstatus & kMstatusMpie) != 0);
    hart.mstatus = (hart.mstatus | kMstatusMpie) & ~kMstatusMpp;
    return_to(hart, previous, hart.mepc);
    return 0;
}

u64 sret(CpuState& state, u64, u64, u64 raw) noexcept {
    Hart& hart = hart_of(state);
    if (hart.priv == Priv::kUser) return raise_illegal(hart, raw);
    if (hart.priv == Priv::kSupervisor && (hart.mstatus & kMstatusTsr) != 0)
        return raise_illegal(hart, raw);
    const Priv previous = (hart.mstatus & kMstatusSpp) != 0 ? Priv::kSupervisor : Priv::kUser;
    hart.mstatus = with_bit(hart.mstatus, kMstatusSie, (hart.mstatus & kMstatusSpie) != 0);
    hart.mstatus = (hart.mstatus | kMstatusSpie) & ~kMstatusSpp;
    return_to(hart, previous, hart.sepc);
    return 0;
}

u64 ecall(CpuState& state, u64, u64, u64) noexcept {
    Hart& hart = hart_of(state);
    hart.raise(kCauseEcallU + static_cast<u64>(hart.priv), 0);
    return 0;
}

u64 wfi(CpuState& state, u64 next, u64, u64 raw) noexcept {
    Hart& hart = hart_of(state);
    const bool refused = hart.priv == Priv::kUser ||
                         (hart.priv == Priv::kSupervisor && (hart.mstatus & kMstatusTw) != 0);
    if (refused) return raise_illegal(hart, raw);
    hart.pc = next;
    hart.waiting = true;
    hart.exit_request |= kExitWait;
    return 0;
}

u64 yield(CpuState& state, u64 next, u64, u64) noexcept {
    state.pc = next;
    state.exit_request |= kExitYield;
    return 0;
}

}  // namespace

const Helper kMret{"riscv_mret", &mret};
const Helper kSret{"riscv_sret", &sret};
const Helper kEcall{"riscv_ecall", &ecall};
const Helper kWfi{"riscv_wfi", &wfi};
const Helper kYield{"riscv_yield", &yield};

u64 Hart::pending() const {
    u64 bits = irq_lines | soft_mip;
    if ((menvcfg & kEnvStce) != 0)
        bits = stimer ? bits | irq_bit(kIrqSTimer) : bits & ~irq_bit(kIrqSTimer);
    return bits;
}

void Hart::take_interrupt() {
    const u64 ready = pending() & mie;
    if (ready == 0) return;
    const bool m_enabled = priv != Priv::kMachine || (mstatus & kMstatusMie) != 0;
    const bool s_enabled =
        priv == Priv::kUser || (priv == Priv::kSupervisor && (mstatus & kMstatusSie) != 0);
    u64 takeable = m_enabled ? ready & ~mideleg : 0;
    if (takeable == 0 && s_enabled) takeable = ready & mideleg;
    if (takeable == 0) return;
    static constexpr Irq kPriority[] = {kIrqMExternal, kIrqMSoft, kIrqMTimer,
                                        kIrqSExternal, kIrqSSoft, kIrqSTimer};
    for (Irq irq : kPriority) {
        if ((takeable & irq_bit(irq)) == 0) continue;
        enter_trap(irq, true, 0);
        return;
    }
}

void Hart::deliver_trap() {
    trap_pending = false;
    ++trapped;
    enter_trap(trap_cause, false, trap_value);
}

void Hart::enter_trap(u64 cause, bool interrupt, u64 value) {
    ++(interrupt ? traps.interrupts : traps.exceptions)[cause & 15];
    waiting = false;
    reservation.valid = false;
    const u64 delegated = interrupt ? mideleg : medeleg;
    const bool to_supervisor = priv != Priv::kMachine && (delegated >> cause & 1) != 0;
    const Priv from = priv;
    const u64 epc = pc;
    const u64 code = interrupt ? cause | u64{1} << (isa.xlen - 1) : cause;
    if (to_supervisor) {
        scause = code;
        sepc = pc;
        stval = xlen_value(value);
        mstatus = with_bit(mstatus, kMstatusSpie, (mstatus & kMstatusSie) != 0);
        mstatus = with_bit(mstatus, kMstatusSpp, priv != Priv::kUser);
        mstatus &= ~kMstatusSie;
        priv = Priv::kSupervisor;
        pc = vector(stvec, cause, interrupt);
    } else {
        mcause = code;
        mepc = pc;
        mtval = xlen_value(value);
        mstatus = with_bit(mstatus, kMstatusMpie, (mstatus & kMstatusMie) != 0);
        mstatus = (mstatus & ~kMstatusMpp) | static_cast<u64>(priv) << kMstatusMppShift;
        mstatus &= ~kMstatusMie;
        priv = Priv::kMachine;
        pc = vector(mtvec, cause, interrupt);
    }
    pc = xlen_value(pc);
    update_context();
    if (log_enabled(LogItem::interrupts))
        log_trap(*this, from, cause, interrupt, epc, xlen_value(value));
}

}  // namespace kiln::riscv
