#include "cpu/riscv/csr.h"

#include <algorithm>
#include <array>
#include <string>

#include "cpu/riscv/causes.h"
#include "cpu/riscv/helpers.h"
#include "support/log.h"

namespace kiln::riscv {
namespace {

enum Number : u32 {
#define CSR(number, name) k_##name = number,
#include "cpu/riscv/csrs.inc"
#undef CSR
};

struct CsrName {
    u32 number;
    std::string_view name;
};
constexpr CsrName kNames[] = {
#define CSR(number, name) {number, #name},
#include "cpu/riscv/csrs.inc"
#undef CSR
};

// Families of numbered registers: first number, index of the first, count.
struct Family {
    u32 first;
    u32 index;
    u32 count;
    std::string_view prefix;
    bool high;  // the upper halves on RV32
};
constexpr Family kPmpcfg{0x3a0, 0, 4, "pmpcfg", false};
constexpr Family kPmpaddr{0x3b0, 0, 16, "pmpaddr", false};
constexpr Family kMhpmevent{0x323, 3, 29, "mhpmevent", false};
constexpr Family kMhpmcounter{0xb03, 3, 29, "mhpmcounter", false};
constexpr Family kMhpmcounterh{0xb83, 3, 29, "mhpmcounter", true};
constexpr Family kHpmcounter{0xc03, 3, 29, "hpmcounter", false};
constexpr Family kHpmcounterh{0xc83, 3, 29, "hpmcounter", true};
constexpr Family kFamilies[] = {kPmpcfg,       kPmpaddr,    kMhpmevent,  kMhpmcounter,
                                kMhpmcounterh, kHpmcounter, kHpmcounterh};

bool in(const Family& family, u32 number) { return number - family.first < family.count; }

constexpr u64 kIrqs = irq_bit(kIrqSSoft) | irq_bit(kIrqMSoft) | irq_bit(kIrqSTimer) |
                      irq_bit(kIrqMTimer) | irq_bit(kIrqSExternal) | irq_bit(kIrqMExternal);
constexpr u64 kSupervisorIrqs = irq_bit(kIrqSSoft) | irq_bit(kIrqSTimer) | irq_bit(kIrqSExternal);
// Every exception but the call from M-mode can be delegated.
constexpr u64 kDelegable = 0xb3ff;

constexpr u64 kMstatusWritable = kMstatusSie | kMstatusMie | kMstatusSpie | kMstatusMpie |
                                 kMstatusSpp | kMstatusMprv | kMstatusSum | kMstatusMxr |
                                 kMstatusTvm | kMstatusTw | kMstatusTsr;
constexpr u64 kSstatusWritable =
    kMstatusSie | kMstatusSpie | kMstatusSpp | kMstatusFs | kMstatusSum | kMstatusMxr;

u64 status(const Hart& hart) {
    u64 value = hart.mstatus;
    if ((value & kMstatusFs) == kMstatusFs) value |= u64{1} << (hart.isa.xlen - 1);  // SD
    if (!hart.is_rv32()) value |= u64{0xa} << 32;  // UXL and SXL: 64
    return value;
}

u64 sstatus(const Hart& hart) {
    const u64 visible =
        kSstatusWritable | u64{1} << (hart.isa.xlen - 1) | (hart.is_rv32() ? 0 : u64{3} << 32);
    return status(hart) & visible;
}

void changed(Hart& hart) {
    hart.exit_request |= kExitModeChanged | kExitPoll;
    hart.update_context();
}

void write_status(Hart& hart, u64 value, u64 writable) {
    if (hart.isa.has(Ext::kF)) {
        writable |= kMstatusFs;
    } else {
        writable &= ~kMstatusFs;
    }
    const u64 old = hart.mstatus;
    u64 next = (old & ~writable) | (value & writable);
    // MPP: mode 2 does not exist, and such a write keeps the old value.
    if ((value & kMstatusMpp) >> kMstatusMppShift == 2)
        next = (next & ~kMstatusMpp) | (old & kMstatusMpp);
    hart.mstatus = next;
    if (((old ^ next) & kMstatusMxr) != 0) hart.flush_translations();
    changed(hart);
}

u64 misa(const Hart& hart) {
    const Isa& isa = hart.isa;
    auto letter = [](char c) { return u64{1} << (c - 'a'); };
    u64 value = letter('i') | letter('s') | letter('u');
    for (const auto& [ext, c] :
         {std::pair{Ext::kM, 'm'}, std::pair{Ext::kA, 'a'}, std::pair{Ext::kF, 'f'},
          std::pair{Ext::kD, 'd'}, std::pair{Ext::kC, 'c'}})
        if (isa.has(ext)) value |= letter(c);
    if (isa.has(Ext::kZba) && isa.has(Ext::kZbb) && isa.has(Ext::kZbs)) value |= letter('b');
    return value | (isa.xlen == 32 ? u64{1} << 30 : u64{2} << 62);
}

// Counters. The instruction under way has begun and has not retired: it is not counted yet; a
// written value is what the next instruction reads.
u64 cycles(const Hart& hart) {
    if ((hart.mcountinhibit & 1) != 0) return hart.mcycle_offset;
    return hart.begun() - 1 + hart.mcycle_offset;
}
void set_cycles(Hart& hart, u64 value) {
    hart.mcycle_offset = (hart.mcountinhibit & 1) != 0 ? value : value - hart.begun();
}
u64 instret(const Hart& hart) {
    if ((hart.mcountinhibit & 4) != 0) return hart.minstret_offset;
    return hart.retired() - 1 + hart.minstret_offset;
}
void set_instret(Hart& hart, u64 value) {
    hart.minstret_offset = (hart.mcountinhibit & 4) != 0 ? value : value - hart.retired();
}
void set_inhibit(Hart& hart, u64 value) {
    // The counts stay as they are when counting stops or starts.
    const u64 cycle_count = cycles(hart) + ((hart.mcountinhibit & 1) != 0 ? 0 : 1);
    const u64 instret_count = instret(hart) + ((hart.mcountinhibit & 4) != 0 ? 0 : 1);
    hart.mcountinhibit = value & 5;
    set_cycles(hart, cycle_count);
    set_instret(hart, instret_count);
}

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

u64 read_pmpcfg(const Hart& hart, u32 number) {
    const unsigned first = (number - kPmpcfg.first) * 4;
    const unsigned count = hart.isa.xlen / 8;
    u64 value = 0;
    for (unsigned i = 0; i < count; ++i) value |= u64{hart.pmp.config(first + i)} << 8 * i;
    return value;
}

// The registers that read as plain values; false: no such CSR.
bool read_value(Hart& hart, u32 number, u64& value) {
    switch (number) {
        case k_fflags:
            value = hart.fflags();
            return true;
        case k_frm:
            value = hart.frm;
            return true;
        case k_fcsr:
            value = hart.fflags() | u64{hart.frm} << 5;
            return true;
        case k_cycle:
        case k_mcycle:
            value = cycles(hart);
            return true;
        case k_cycleh:
        case k_mcycleh:
            value = cycles(hart) >> 32;
            return true;
        case k_instret:
        case k_minstret:
            value = instret(hart);
            return true;
        case k_instreth:
        case k_minstreth:
            value = instret(hart) >> 32;
            return true;
        case k_time:
            value = hart.clock.now();
            return true;
        case k_timeh:
            value = hart.clock.now() >> 32;
            return true;
        case k_sstatus:
            value = sstatus(hart);
            return true;
        case k_sie:
            value = hart.mie & hart.mideleg;
            return true;
        case k_sip:
            value = hart.pending() & hart.mideleg;
            return true;
        case k_stvec:
            value = hart.stvec;
            return true;
        case k_scounteren:
            value = hart.scounteren;
            return true;
        case k_senvcfg:
            value = hart.senvcfg;
            return true;
        case k_sscratch:
            value = hart.sscratch;
            return true;
        case k_sepc:
            value = hart.sepc;
            return true;
        case k_scause:
            value = hart.scause;
            return true;
        case k_stval:
            value = hart.stval;
            return true;
        case k_stimecmp:
            value = hart.stimecmp;
            return true;
        case k_stimecmph:
            value = hart.stimecmp >> 32;
            return true;
        case k_satp:
            value = hart.satp;
            return true;
        case k_mvendorid:
        case k_marchid:
        case k_mimpid:
        case k_mconfigptr:
            value = 0;
            return true;
        case k_mhartid:
            value = hart.id;
            return true;
        case k_mstatus:
            value = status(hart);
            return true;
        case k_mstatush:
            value = 0;
            return true;
        case k_misa:
            value = misa(hart);
            return true;
        case k_medeleg:
            value = hart.medeleg;
            return true;
        case k_mideleg:
            value = hart.mideleg;
            return true;
        case k_mie:
            value = hart.mie;
            return true;
        case k_mip:
            value = hart.pending();
            return true;
        case k_mtvec:
            value = hart.mtvec;
            return true;
        case k_mcounteren:
            value = hart.mcounteren;
            return true;
        case k_mcountinhibit:
            value = hart.mcountinhibit;
            return true;
        case k_menvcfg:
            value = hart.menvcfg;
            return true;
        case k_menvcfgh:
            value = hart.menvcfg >> 32;
            return true;
        case k_mscratch:
            value = hart.mscratch;
            return true;
        case k_mepc:
            value = hart.mepc;
            return true;
        case k_mcause:
            value = hart.mcause;
            return true;
        case k_mtval:
            value = hart.mtval;
            return true;
        // No trigger is implemented: tdata1.type is 0 and tinfo says that no other exists (RISC-V
        // External Debug Support, "Trigger Registers").
        case k_tselect:
        case k_tdata1:
        case k_tdata2:
        case k_tdata3:
            value = 0;
            return true;
        case k_tinfo:
            value = 1;
            return true;
        default:
            break;
    }
    if (in(kPmpcfg, number)) {
        value = read_pmpcfg(hart, number);
        return true;
    }
    if (in(kPmpaddr, number)) {
        value = hart.pmp.address(number - kPmpaddr.first);
        return true;
    }
    // The programmable counters count nothing: WARL, always zero.
    value = 0;
    return in(kMhpmevent, number) || in(kMhpmcounter, number) || in(kMhpmcounterh, number) ||
           in(kHpmcounter, number) || in(kHpmcounterh, number);
}

void write_satp(Hart& hart, u64 value) {
    if (!hart.is_rv32()) {
        // A mode that does not exist leaves the register as it was.
        const u64 mode = value >> 60;
        if (mode != 0 && (mode < 8 || mode > 10)) return;
    } else {
        value = static_cast<u32>(value);
    }
    if (value == hart.satp) return;
    hart.satp = value;
    hart.flush_translations();
    changed(hart);
}

void write_env(const Hart& hart, u64& config, u64 value, u64 extra) {
    u64 writable = extra | kEnvFiom;
    if (hart.isa.has(Ext::kZicbom)) writable |= kEnvCbie | kEnvCbcfe;
    if (hart.isa.has(Ext::kZicboz)) writable |= kEnvCbze;
    // CBIE 2 is reserved: such a write keeps the field.
    if ((value & kEnvCbie) == u64{2} << kEnvCbieShift) writable &= ~kEnvCbie;
    config = (config & ~writable) | (value & writable);
}

void write_menvcfg(Hart& hart, u64 value) {
    const u64 extra =
        (hart.isa.has(Ext::kSvadu) ? kEnvAdue : 0) | (hart.isa.has(Ext::kSstc) ? kEnvStce : 0);
    const u64 old = hart.menvcfg;
    write_env(hart, hart.menvcfg, value, extra);
    if (((old ^ hart.menvcfg) & kEnvAdue) != 0) hart.flush_translations();
    hart.exit_request |= kExitPoll | kExitMachine;  // the timer may have been switched on
    changed(hart);
}

void write_pmpcfg(Hart& hart, u32 number, u64 value) {
    const unsigned first = (number - kPmpcfg.first) * 4;
    for (unsigned i = 0; i < hart.isa.xlen / 8; ++i)
        hart.pmp.set_config(first + i, static_cast<u8>(value >> 8 * i));
    hart.update_protection();
    changed(hart);
}

void write_pending(Hart& hart, u64 value, u64 writable) {
    hart.soft_mip = (hart.soft_mip & ~writable) | (value & writable);
    hart.exit_request |= kExitPoll;
}

void write_tvec(u64& tvec, u64 value) {
    if ((value & 3) < 2) tvec = value;
}

void set_fs_dirty(Hart& hart) {
    if ((hart.mstatus & kMstatusFs) == kMstatusFs) return;
    hart.mstatus |= kMstatusFs;
    changed(hart);
}

void write_float(Hart& hart, u32 number, u64 value) {
    if (number != k_frm) hart.set_fflags(static_cast<u32>(value & 31));
    if (number != k_fflags) {
        const u32 rm = static_cast<u32>(number == k_fcsr ? value >> 5 : value) & 7;
        if (rm != hart.frm) {
            hart.set_frm(rm);
            hart.exit_request |= kExitModeChanged;
        }
    }
    set_fs_dirty(hart);
}

void write_stimecmp(Hart& hart, u64 value) {
    hart.stimecmp = value;
    hart.update_timer();
    hart.exit_request |= kExitMachine;  // the next deadline has moved
}

u64 epc_mask(const Hart& hart) { return hart.isa.has(Ext::kC) ? ~u64{1} : ~u64{3}; }

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
            write_env(hart, hart.senvcfg, value, 0);
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
            write_status(hart, value, kMstatusWritable | kMstatusMpp);
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
        hart.pmp.set_address(number - kPmpaddr.first, value, hart.isa.xlen);
        hart.update_protection();
        changed(hart);
        return true;
    }
    return in(kMhpmevent, number) || in(kMhpmcounter, number) || in(kMhpmcounterh, number);
}

std::string csr_family_name(u32 number) {
    for (const Family& family : kFamilies) {
        if (!in(family, number)) continue;
        return std::string(family.prefix) + std::to_string(number - family.first + family.index) +
               (family.high ? "h" : "");
    }
    return {};
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
    u64 value = hart.soft_mip;
    if (number != k_mip) read_value(hart, number, value);
    return value;
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
    if (!accessible(hart, number, will_write) || !read_value(hart, number, value)) return false;
    value = hart.xlen_value(value);
    return true;
}

bool write_csr(Hart& hart, u32 number, u64 value) {
    return accessible(hart, number, true) && write_value(hart, number, hart.xlen_value(value));
}

bool peek_csr(Hart& hart, u32 number, u64& value) {
    if (!may_exist(hart, number)) return false;
    // Counters are read by an instruction that has begun.
    --hart.budget;
    const bool found = read_value(hart, number, value);
    ++hart.budget;
    value = hart.xlen_value(value);
    return found;
}

bool poke_csr(Hart& hart, u32 number, u64 value) {
    if (number >> 10 == 3 || !may_exist(hart, number)) return false;
    return write_value(hart, number, hart.xlen_value(value));
}

std::string csr_name(u32 number) {
    const auto found = std::find_if(std::begin(kNames), std::end(kNames),
                                    [&](const CsrName& entry) { return entry.number == number; });
    return found != std::end(kNames) ? std::string(found->name) : csr_family_name(number);
}

int csr_number(std::string_view name) {
    for (const CsrName& entry : kNames)
        if (entry.name == name) return static_cast<int>(entry.number);
    for (const Family& family : kFamilies)
        for (u32 i = 0; i < family.count; ++i)
            if (csr_family_name(family.first + i) == name)
                return static_cast<int>(family.first + i);
    return -1;
}

}  // namespace kiln::riscv
