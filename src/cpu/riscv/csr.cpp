#include "cpu/riscv/csr.h"

#include <optional>

#include "cpu/riscv/causes.h"
#include "cpu/riscv/csr_counters.h"
#include "cpu/riscv/csr_fields.h"
#include "cpu/riscv/csr_numbers.h"
#include "cpu/riscv/helpers.h"
#include "support/log.h"

namespace kiln::riscv {
namespace {

using namespace csr;

constexpr u64 kIrqs = irq_bit(kIrqSSoft) | irq_bit(kIrqMSoft) | irq_bit(kIrqSTimer) |
                      irq_bit(kIrqMTimer) | irq_bit(kIrqSExternal) | irq_bit(kIrqMExternal);
constexpr u64 kSupervisorIrqs = irq_bit(kIrqSSoft) | irq_bit(kIrqSTimer) | irq_bit(kIrqSExternal);
// Every exception but the call from M-mode can be delegated.
constexpr u64 kDelegable = 0xb3ff;

u64 with_half(u64 whole, u64 half, bool high) {
    return high ? (whole & 0xffffffff) | half << 32 : (whole & ~u64{0xffffffff}) | half;
}
// Merges an XLEN-wide write into a 64-bit register.
u64 merged(const Hart& hart, u64 whole, u64 value) {
    return hart.is_rv32() ? with_half(whole, static_cast<u32>(value), false) : value;
}

bool is_rv32_only(u32 number) {
    switch (number) {
        case k_cycleh:
        case k_timeh:
        case k_instreth:
        case k_stimecmph:
        case k_mstatush:
        case k_menvcfgh:
        case k_mcycleh:
        case k_minstreth:
            return true;
        default:
            return in(kMhpmcounterh, number) || in(kHpmcounterh, number);
    }
}

// mcounteren and scounteren open the user-level counters to the modes below.
bool counter_enabled(const Hart& hart, u32 number) {
    const u64 bit = u64{1} << (number & 31);
    if (hart.priv != Priv::kMachine && (hart.mcounteren & bit) == 0) return false;
    return hart.priv != Priv::kUser || (hart.scounteren & bit) != 0;
}

// cycle, time, instret and the hpmcounters, with their upper halves.
bool is_user_counter(u32 number) { return (number & ~0x9fu) == 0xc00; }

// Whether XLEN and extensions of the hart allow for the CSR.
bool may_exist(const Hart& hart, u32 number) {
    if (!hart.is_rv32() && is_rv32_only(number)) return false;
    if (number >= k_fflags && number <= k_fcsr) return hart.isa.has(Ext::kF);
    if (is_user_counter(number))
        return hart.isa.has((number & 31) < 3 ? Ext::kZicntr : Ext::kZihpm);
    if (number == k_stimecmp || number == k_stimecmph) return hart.isa.has(Ext::kSstc);
    if (in(kPmpcfg, number)) return hart.is_rv32() || (number & 1) == 0;
    return true;
}

bool accessible(const Hart& hart, u32 number, bool write) {
    if (write && number >> 10 == 3) return false;
    const u32 lowest = number >> 8 & 3;
    if (static_cast<u32>(hart.priv) < lowest || !may_exist(hart, number)) return false;
    if (number >= k_fflags && number <= k_fcsr) return (hart.mstatus & kMstatusFs) != 0;
    if (is_user_counter(number)) return counter_enabled(hart, number);
    if (number == k_satp) return hart.priv == Priv::kMachine || (hart.mstatus & kMstatusTvm) == 0;
    if (number == k_stimecmp || number == k_stimecmph) {
        return hart.priv == Priv::kMachine ||
               ((hart.menvcfg & kEnvStce) != 0 && (hart.mcounteren & 2) != 0);
    }
    return true;
}

// nullopt: no such CSR.
std::optional<u64> read_value(Hart& hart, u32 number) {
    switch (number) {
        case k_fflags:
            return hart.fflags();
        case k_frm:
            return hart.frm;
        case k_fcsr:
            return hart.fflags() | u64{hart.frm} << 5;
        case k_cycle:
        case k_mcycle:
            return cycles(hart);
        case k_cycleh:
        case k_mcycleh:
            return cycles(hart) >> 32;
        case k_instret:
        case k_minstret:
            return instret(hart);
        case k_instreth:
        case k_minstreth:
            return instret(hart) >> 32;
        case k_time:
            return hart.clock.now();
        case k_timeh:
            return hart.clock.now() >> 32;
        case k_sstatus:
            return sstatus(hart);
        case k_sie:
            return hart.mie & hart.mideleg;
        case k_sip:
            return hart.pending() & hart.mideleg;
        case k_stvec:
            return hart.stvec;
        case k_scounteren:
            return hart.scounteren;
        case k_senvcfg:
            return hart.senvcfg;
        case k_sscratch:
            return hart.sscratch;
        case k_sepc:
            return hart.sepc;
        case k_scause:
            return hart.scause;
        case k_stval:
            return hart.stval;
        case k_stimecmp:
            return hart.stimecmp;
        case k_stimecmph:
            return hart.stimecmp >> 32;
        case k_satp:
            return hart.satp;
        case k_mvendorid:
        case k_marchid:
        case k_mimpid:
        case k_mconfigptr:
            return 0;
        case k_mhartid:
            return hart.id;
        case k_mstatus:
            return status(hart);
        case k_mstatush:
            return 0;
        case k_misa:
            return misa(hart);
        case k_medeleg:
            return hart.medeleg;
        case k_mideleg:
            return hart.mideleg;
        case k_mie:
            return hart.mie;
        case k_mip:
            return hart.pending();
        case k_mtvec:
            return hart.mtvec;
        case k_mcounteren:
            return hart.mcounteren;
        case k_mcountinhibit:
            return hart.mcountinhibit;
        case k_menvcfg:
            return hart.menvcfg;
        case k_menvcfgh:
            return hart.menvcfg >> 32;
        case k_mscratch:
            return hart.mscratch;
        case k_mepc:
            return hart.mepc;
        case k_mcause:
            return hart.mcause;
        case k_mtval:
            return hart.mtval;
        // No trigger is implemented: tdata1.type is 0 and tinfo says that no other exists (RISC-V
        // External Debug Support, "Trigger Registers").
        case k_tselect:
        case k_tdata1:
        case k_tdata2:
        case k_tdata3:
            return 0;
        case k_tinfo:
            return 1;
        default:
            break;
    }
    if (in(kPmpcfg, number)) return read_pmpcfg(hart, number);
    if (in(kPmpaddr, number)) return hart.pmp.address(number - kPmpaddr.first);
    // The programmable counters count nothing: WARL, always zero.
    if (in(kMhpmevent, number) || in(kMhpmcounter, number) || in(kMhpmcounterh, number) ||
        in(kHpmcounter, number) || in(kHpmcounterh, number))
        return 0;
    return std::nullopt;
}

bool write_value(Hart& hart, u32 number, u64 value) {
    switch (number) {
        case k_fflags:
        case k_frm:
        case k_fcsr:
            write_float(hart, number, value);
            return true;
        case k_mcycle:
            set_cycles(hart, merged(hart, cycles(hart), value));
            return true;
        case k_mcycleh:
            set_cycles(hart, with_half(cycles(hart), value, true));
            return true;
        case k_minstret:
            set_instret(hart, merged(hart, instret(hart), value));
            return true;
        case k_minstreth:
            set_instret(hart, with_half(instret(hart), value, true));
            return true;
        case k_sstatus:
            write_status(hart, value, kSstatusWritable);
            return true;
        case k_sie:
            hart.mie = (hart.mie & ~hart.mideleg) | (value & hart.mideleg);
            hart.exit_request |= kExitPoll;
            return true;
        case k_sip:
            write_pending(hart, value, hart.mideleg & irq_bit(kIrqSSoft));
            return true;
        case k_stvec:
            write_tvec(hart.stvec, value);
            return true;
        case k_scounteren:
            hart.scounteren = static_cast<u32>(value);
            return true;
        case k_senvcfg:
            write_senvcfg(hart, value);
            return true;
        case k_sscratch:
            hart.sscratch = value;
            return true;
        case k_sepc:
            hart.sepc = value & epc_mask(hart);
            return true;
        case k_scause:
            hart.scause = value;
            return true;
        case k_stval:
            hart.stval = value;
            return true;
        case k_stimecmp:
            write_stimecmp(hart, merged(hart, hart.stimecmp, value));
            return true;
        case k_stimecmph:
            write_stimecmp(hart, with_half(hart.stimecmp, value, true));
            return true;
        case k_satp:
            write_satp(hart, value);
            return true;
        case k_mstatus:
            write_status(hart, value, kMstatusWritable);
            return true;
        case k_mstatush:
        case k_misa:
        case k_tselect:
        case k_tdata1:
        case k_tdata2:
        case k_tdata3:
        case k_tinfo:
            return true;  // WARL, one legal value
        case k_medeleg:
            hart.medeleg = value & kDelegable;
            return true;
        case k_mideleg:
            hart.mideleg = value & kSupervisorIrqs;
            hart.exit_request |= kExitPoll;
            return true;
        case k_mie:
            hart.mie = value & kIrqs;
            hart.exit_request |= kExitPoll;
            return true;
        case k_mip: {
            // With Sstc in use the supervisor timer bit follows stimecmp alone.
            const u64 timer = (hart.menvcfg & kEnvStce) != 0 ? irq_bit(kIrqSTimer) : 0;
            write_pending(hart, value, kSupervisorIrqs & ~timer);
            return true;
        }
        case k_mtvec:
            write_tvec(hart.mtvec, value);
            return true;
        case k_mcounteren:
            hart.mcounteren = static_cast<u32>(value);
            return true;
        case k_mcountinhibit:
            set_inhibit(hart, value);
            return true;
        case k_menvcfg:
            write_menvcfg(hart, merged(hart, hart.menvcfg, value));
            return true;
        case k_menvcfgh:
            write_menvcfg(hart, with_half(hart.menvcfg, value, true));
            return true;
        case k_mscratch:
            hart.mscratch = value;
            return true;
        case k_mepc:
            hart.mepc = value & epc_mask(hart);
            return true;
        case k_mcause:
            hart.mcause = value;
            return true;
        case k_mtval:
            hart.mtval = value;
            return true;
        default:
            break;
    }
    if (in(kPmpcfg, number)) {
        write_pmpcfg(hart, number, value);
        return true;
    }
    if (in(kPmpaddr, number)) {
        write_pmpaddr(hart, number, value);
        return true;
    }
    return in(kMhpmevent, number) || in(kMhpmcounter, number) || in(kMhpmcounterh, number);
}

u64 refuse(Hart& hart, u32 number, u64 raw) {
    if (log_enabled(LogItem::unimp) && csr_name(number).empty())
        log_line(LogItem::unimp, "hart {}: CSR {:#x} does not exist, from {}, pc {:#x}", hart.id,
                 number, priv_letter(hart.priv), hart.pc);
    hart.raise(kCauseIllegal, raw);
    return 0;
}

u64 csr_read(CpuState& state, u64 request, u64, u64 raw) noexcept {
    Hart& hart = hart_of(state);
    const u32 number = static_cast<u32>(request & 0xfff);
    u64 value = 0;
    if (!read_csr(hart, number, (request & kCsrWillWrite) != 0, value))
        return refuse(hart, number, raw);
    return value;
}

// The value that setting or clearing bits starts from. mip.SEIP reads as software's bit or the
// interrupt controller's line, and only software's bit takes part here (privileged manual, mip).
u64 modified_value(Hart& hart, u32 number) {
    return number == k_mip ? hart.soft_mip : read_value(hart, number).value_or(0);
}

u64 csr_write(CpuState& state, u64 request, u64 value, u64 raw) noexcept {
    Hart& hart = hart_of(state);
    const u32 number = static_cast<u32>(request & 0xfff);
    if ((request & kCsrSet) != 0) value = modified_value(hart, number) | value;
    if ((request & kCsrClear) != 0) value = modified_value(hart, number) & ~value;
    return write_csr(hart, number, value) ? 0 : refuse(hart, number, raw);
}

u64 mark_dirty(CpuState& state, u64 pc, u64, u64) noexcept {
    Hart& hart = hart_of(state);
    hart.pc = pc;
    // Part of the instruction behind it: where the slice ends first, the next slice does it.
    if (hart.budget > 0) set_fs_dirty(hart);
    return 0;
}

}  // namespace

const Helper kCsrRead{"riscv_csr_read", &csr_read};
const Helper kCsrWrite{"riscv_csr_write", &csr_write};
const Helper kMarkDirty{"riscv_mark_dirty", &mark_dirty};

bool read_csr(Hart& hart, u32 number, bool will_write, u64& value) {
    if (!accessible(hart, number, will_write)) return false;
    const std::optional<u64> whole = read_value(hart, number);
    if (whole) value = hart.xlen_value(*whole);
    return whole.has_value();
}

bool write_csr(Hart& hart, u32 number, u64 value) {
    return accessible(hart, number, true) && write_value(hart, number, hart.xlen_value(value));
}

bool peek_csr(Hart& hart, u32 number, u64& value) {
    if (!may_exist(hart, number)) return false;
    // Counters are read by an instruction that has begun.
    --hart.budget;
    const std::optional<u64> whole = read_value(hart, number);
    ++hart.budget;
    if (whole) value = hart.xlen_value(*whole);
    return whole.has_value();
}

bool poke_csr(Hart& hart, u32 number, u64 value) {
    if (number >> 10 == 3 || !may_exist(hart, number)) return false;
    return write_value(hart, number, hart.xlen_value(value));
}

}  // namespace kiln::riscv
