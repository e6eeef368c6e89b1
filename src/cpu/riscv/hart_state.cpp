// What of a hart is saved, restored and hashed: what the guest can see, and the counts. Caches and
// what follows from other fields are left out, so that the bytes are the same on any backend.
#include "cpu/host_float.h"
#include "cpu/riscv/hart.h"
#include "cpu/riscv/state.h"

namespace kiln::riscv {
namespace {

// Schemes of translation that a write to satp accepts.
bool satp_possible(const Hart& hart) {
    if (hart.is_rv32()) return hart.satp >> 32 == 0;
    const u64 mode = hart.satp >> 60;
    return mode == 0 || (mode >= 8 && mode <= 10);
}

bool pc_possible(const Hart& hart, u64 pc) { return (pc & 1) == 0 && hart.xlen_value(pc) == pc; }

}  // namespace

void Pmp::state(StateArchive& archive) {
    for (Entry& entry : entries_) archive.values(entry.config, entry.address);
    if (archive.loading()) update_ranges();
}

void Hart::csr_state(StateArchive& archive) {
    archive.values(mstatus, medeleg, mideleg, mie, mtvec, mepc, mcause, mtval, mscratch, mcounteren,
                   mcountinhibit, menvcfg, stvec, sepc, scause, stval, sscratch, scounteren,
                   senvcfg, satp, stimecmp, mcycle_offset, minstret_offset);
    archive.check(satp_possible(*this), "satp");
    archive.check(pc_possible(*this, mepc) && pc_possible(*this, sepc), "an exception's pc");
    pmp.state(archive);
}

void Hart::state(StateArchive& archive) {
    for (unsigned reg = 0; reg < 32; ++reg) {
        archive.value(regs[kFirstX + reg]);
        archive.value(regs[kFirstF + reg]);
    }
    archive.check(x(0) == 0, "register zero");
    archive.value(pc);
    archive.check(pc_possible(*this, pc), "pc");
    archive.value(priv);
    archive.check(priv == Priv::kUser || priv == Priv::kSupervisor || priv == Priv::kMachine,
                  "a mode");
    archive.values(waiting, irq_lines, soft_mip, stimer);
    csr_state(archive);
    archive.at_most(frm, u8{7}, "frm");
    u32 flags = fflags();
    archive.at_most(flags, 31u, "fflags");
    if (!reservation.valid) reservation = {};
    archive.values(reservation.valid, reservation.address, reservation.value, reservation.size);
    u64 count = begun();
    archive.values(count, trapped, traps.exceptions, traps.interrupts);
    if (!archive.loading()) return;
    soft_fflags = flags;
    mxcsr = host::mxcsr_from(frm, 0);
    begun_limit = count;
    budget = 0;
    trap_pending = false;
    exit_request = kExitPoll;
    forget_way();
    update_protection();
}

}  // namespace kiln::riscv
