#include "cpu/riscv/csr_fields.h"

#include <utility>

#include "cpu/riscv/csr_numbers.h"

namespace kiln::riscv::csr {
namespace {

// The mode word may be another one.
void changed(Hart& hart) {
    hart.exit_request |= kExitModeChanged | kExitPoll;
    hart.update_context();
}

void write_env(const Hart& hart, u64& config, u64 value, u64 extra) {
    u64 writable = extra | kEnvFiom;
    if (hart.isa.has(Ext::kZicbom)) writable |= kEnvCbie | kEnvCbcfe;
    if (hart.isa.has(Ext::kZicboz)) writable |= kEnvCbze;
    // CBIE 2 is reserved: such a write keeps the field.
    if ((value & kEnvCbie) == u64{2} << kEnvCbieShift) writable &= ~kEnvCbie;
    config = (config & ~writable) | (value & writable);
}

}  // namespace

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

void write_satp(Hart& hart, u64 value) {
    if (!hart.is_rv32()) {
        // A mode that does not exist leaves the register as it was.
        const u64 mode = value >> 60;
        if (mode != 0 && (mode < 8 || mode > 10)) return;
    } else {
        value = static_cast<u32>(value);
    }
    if (value == hart.satp) return;
    const u64 old = std::exchange(hart.satp, value);
    hart.change_space(old);
    changed(hart);
}

void write_senvcfg(Hart& hart, u64 value) { write_env(hart, hart.senvcfg, value, 0); }

void write_menvcfg(Hart& hart, u64 value) {
    const u64 extra =
        (hart.isa.has(Ext::kSvadu) ? kEnvAdue : 0) | (hart.isa.has(Ext::kSstc) ? kEnvStce : 0);
    const u64 old = hart.menvcfg;
    write_env(hart, hart.menvcfg, value, extra);
    if (((old ^ hart.menvcfg) & kEnvAdue) != 0) hart.flush_translations();
    hart.exit_request |= kExitPoll | kExitMachine;  // the timer may have been switched on
    changed(hart);
}

void write_stimecmp(Hart& hart, u64 value) {
    hart.stimecmp = value;
    hart.update_timer();
    hart.exit_request |= kExitMachine;  // the next deadline has moved
}

void write_pending(Hart& hart, u64 value, u64 writable) {
    hart.soft_mip = (hart.soft_mip & ~writable) | (value & writable);
    hart.exit_request |= kExitPoll;
}

void write_tvec(u64& tvec, u64 value) {
    if ((value & 3) < 2) tvec = value;
}

u64 epc_mask(const Hart& hart) { return hart.isa.has(Ext::kC) ? ~u64{1} : ~u64{3}; }

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

u64 read_pmpcfg(const Hart& hart, u32 number) {
    const unsigned first = (number - kPmpcfg.first) * 4;
    const unsigned count = hart.isa.xlen / 8;
    u64 value = 0;
    for (unsigned i = 0; i < count; ++i) value |= u64{hart.pmp.config(first + i)} << 8 * i;
    return value;
}

void write_pmpcfg(Hart& hart, u32 number, u64 value) {
    const unsigned first = (number - kPmpcfg.first) * 4;
    for (unsigned i = 0; i < hart.isa.xlen / 8; ++i)
        hart.pmp.set_config(first + i, static_cast<u8>(value >> 8 * i));
    hart.update_protection();
    changed(hart);
}

void write_pmpaddr(Hart& hart, u32 number, u64 value) {
    hart.pmp.set_address(number - kPmpaddr.first, value, hart.isa.xlen);
    hart.update_protection();
    changed(hart);
}

}  // namespace kiln::riscv::csr
