// Helpers of the fences on translations and of the cache-block operations.
#include "cpu/riscv/causes.h"
#include "cpu/riscv/hart.h"
#include "cpu/riscv/helpers.h"
#include "cpu/riscv/mmu.h"

namespace kiln::riscv {
namespace {

constexpr u64 kCacheBlock = 64;

u64 illegal(Hart& hart, u64 raw) {
    hart.raise(kCauseIllegal, raw & 0xffffffff);
    return 0;
}

// Fences on translations belong to S-mode, unless TVM traps them, and to M-mode.
u64 fence_vma(CpuState& state, u64 address, u64 asid, u64 raw) noexcept {
    Hart& hart = hart_of(state);
    const bool trapped = hart.priv == Priv::kSupervisor && (hart.mstatus & kMstatusTvm) != 0;
    if (hart.priv == Priv::kUser || trapped) return illegal(hart, raw);
    // One address space's fence drops what is in the TLB for all: they share it.
    if ((raw & kFenceHasAddress) != 0) {
        hart.flush_page(address);
    } else if ((raw & kFenceHasAsid) != 0) {
        hart.flush_space(asid);
    } else {
        hart.flush_translations();
    }
    hart.pc = hart.xlen_value(hart.pc + 4);
    return 0;
}

u64 fence_inval(CpuState& state, u64 next, u64, u64 raw) noexcept {
    Hart& hart = hart_of(state);
    if (hart.priv == Priv::kUser) return illegal(hart, raw);
    hart.pc = next;
    return 0;
}

// Whether menvcfg and senvcfg allow an operation in the current mode.
bool enabled(const Hart& hart, u64 field) {
    if (hart.priv == Priv::kMachine) return true;
    if ((hart.menvcfg & field) == 0) return false;
    return hart.priv == Priv::kSupervisor || (hart.senvcfg & field) != 0;
}

// Rights of the management operations: those of a load, or else of a store. The fault is a store's,
// and a page fault only where translation permits neither.
bool check_block(Hart& hart, u64 address) {
    if (probe(hart, address, kCacheBlock, Access::kLoad)) return true;
    const bool translated = hart.trap_cause == kCauseLoadAccess;
    hart.trap_pending = false;
    if (probe(hart, address, kCacheBlock, Access::kStore)) return true;
    if (translated) hart.trap_cause = kCauseStoreAccess;
    return false;
}

u64 cbo_manage(Hart& hart, u64 address, u64 raw, u64 field) {
    if (!enabled(hart, field)) return illegal(hart, raw);
    const u64 block = address & ~(kCacheBlock - 1);
    // Guest memory has no cache: nothing is left to do. The fault names the given address.
    if (!check_block(hart, block)) hart.trap_value = address;
    return 0;
}

u64 cbo_inval(CpuState& state, u64 address, u64, u64 raw) noexcept {
    return cbo_manage(hart_of(state), address, raw, kEnvCbie);
}

u64 cbo_clean(CpuState& state, u64 address, u64, u64 raw) noexcept {
    return cbo_manage(hart_of(state), address, raw, kEnvCbcfe);
}

u64 cbo_zero(CpuState& state, u64 address, u64, u64 raw) noexcept {
    Hart& hart = hart_of(state);
    if (!enabled(hart, kEnvCbze)) return illegal(hart, raw);
    if (!zero(hart, address & ~(kCacheBlock - 1), kCacheBlock)) hart.trap_value = address;
    return 0;
}

}  // namespace

const Helper kFenceVma{"riscv_fence_vma", &fence_vma};
const Helper kFenceInval{"riscv_fence_inval", &fence_inval};
const Helper kCboInval{"riscv_cbo_inval", &cbo_inval};
const Helper kCboClean{"riscv_cbo_clean", &cbo_clean};
const Helper kCboZero{"riscv_cbo_zero", &cbo_zero};

}  // namespace kiln::riscv
