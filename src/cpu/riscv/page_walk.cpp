#include "cpu/riscv/page_walk.h"

#include <cstring>

#include "cpu/riscv/access_log.h"
#include "cpu/riscv/causes.h"

namespace kiln::riscv {
namespace {

bool leaf_permits(const Hart& hart, u64 pte, Access access, Priv priv) {
    const bool user_page = (pte & kPteUser) != 0;
    if (priv == Priv::kUser && !user_page) return false;
    if (priv == Priv::kSupervisor && user_page &&
        (access == Access::kFetch || (hart.mstatus & kMstatusSum) == 0))
        return false;
    switch (access) {
        case Access::kFetch:
            return (pte & kPteExecute) != 0;
        case Access::kStore:
            return (pte & kPteWrite) != 0;
        case Access::kLoad:
            return (pte & kPteRead) != 0 ||
                   ((pte & kPteExecute) != 0 && (hart.mstatus & kMstatusMxr) != 0);
    }
    return false;
}

// Whether the hart sets A and D itself: with Svadu menvcfg.ADUE says so, else the lack of Svade.
bool sets_accessed(const Hart& hart) {
    if (hart.isa.has(Ext::kSvadu)) return (hart.menvcfg & kEnvAdue) != 0;
    return !hart.isa.has(Ext::kSvade);
}

// Sets A, and D for a store, in the entry of `step`, or finds that software must (Svade).
template <class Refuse>
bool update_accessed(Hart& hart, WalkStep& step, unsigned pte_bytes, Access access,
                     const Refuse& refuse_walk) {
    const u64 wanted = step.pte | kPteAccessed | (access == Access::kStore ? kPteDirty : 0);
    if (wanted == step.pte) return true;
    if (!sets_accessed(hart))
        return refuse_walk(page_fault(access), "A or D is clear, and the hart does not set them");
    if (hart.pmp.check(step.pte_address, pte_bytes, Access::kStore, Priv::kSupervisor) !=
        Pmp::Verdict::kAllowed)
        return refuse_walk(access_fault(access), "PMP forbids to set A or D");
    step.pte = wanted;
    hart.memory->store_walked(step.pte_address, pte_bytes, wanted);
    return true;
}

}  // namespace

u64 page_fault(Access access) {
    static constexpr u64 kCauses[] = {kCauseLoadPage, kCauseStorePage, kCauseFetchPage};
    return kCauses[static_cast<unsigned>(access)];
}

u64 access_fault(Access access) {
    static constexpr u64 kCauses[] = {kCauseLoadAccess, kCauseStoreAccess, kCauseFetchAccess};
    return kCauses[static_cast<unsigned>(access)];
}

bool fail(Hart& hart, u64 cause, u64 address) {
    hart.raise(cause, address);
    return false;
}

bool walk(Hart& hart, const Scheme& scheme, u64 address, Access access, Priv priv,
          Translation& out) {
    WalkStep step;
    const auto refuse_walk = [&](u64 cause, const char* reason) {
        log_walk(hart, address, access, priv, step, reason);
        return fail(hart, cause, address);
    };
    const u64 fault = page_fault(access);
    if (scheme.address_bits != 32 && !canonical(address, scheme.address_bits))
        return refuse_walk(fault, "the address is not canonical");
    const u64 ppn_mask = page_number_mask(hart);
    u64 table = (hart.satp & ppn_mask) << kPageBits;
    for (unsigned level = scheme.levels; level-- > 0;) {
        const unsigned shift = static_cast<unsigned>(kPageBits) + level * scheme.index_bits;
        const u64 index = address >> shift & ((u64{1} << scheme.index_bits) - 1);
        const u64 pte_address = table + index * scheme.pte_bytes;
        step = {WalkStep::kAddress, level, pte_address, 0};
        if (!hart.memory->in_ram(pte_address, scheme.pte_bytes))
            return refuse_walk(access_fault(access), "the entry is not in RAM");
        if (hart.pmp.check(pte_address, scheme.pte_bytes, Access::kLoad, Priv::kSupervisor) !=
            Pmp::Verdict::kAllowed)
            return refuse_walk(access_fault(access), "PMP forbids to read the entry");
        std::memcpy(&step.pte, hart.memory->host(pte_address), scheme.pte_bytes);
        step.reached = WalkStep::kEntry;
        const u64 pte = step.pte;
        if ((pte & kPteValid) == 0) return refuse_walk(fault, "V is clear");
        if ((pte & (kPteRead | kPteWrite)) == kPteWrite)
            return refuse_walk(fault, "W without R is reserved");
        const bool napot = (pte & kPteNapot) != 0 && !hart.is_rv32();
        if (!hart.is_rv32() && (pte & kPteReserved) != 0)
            return refuse_walk(fault, "reserved bits are set");
        const u64 ppn = pte >> 10 & ppn_mask;
        if ((pte & (kPteRead | kPteExecute)) == 0) {
            // A pointer to the next table: A, D, U and N are reserved in it.
            if (level == 0) return refuse_walk(fault, "a pointer where only a leaf can be");
            if (napot || (pte & (kPteAccessed | kPteDirty | kPteUser)) != 0)
                return refuse_walk(fault, "A, D, U and N are reserved in a pointer");
            table = ppn << kPageBits;
            hart.memory->walked({pte_address, scheme.pte_bytes, false, true, 0});
            continue;
        }
        if (napot && !napot_encoding(hart, pte, level))
            return refuse_walk(fault, "N with a reserved encoding");
        const u64 span = napot ? u64{1} << 16 : u64{1} << shift;
        const u64 base = ppn << kPageBits;
        if (!leaf_permits(hart, pte, access, priv))
            return refuse_walk(fault, "the page does not permit it");
        if (!napot && (base & (span - 1)) != 0) return refuse_walk(fault, "a misaligned superpage");
        if (!update_accessed(hart, step, scheme.pte_bytes, access, refuse_walk)) return false;
        hart.memory->walked({pte_address, scheme.pte_bytes, level == 0 && !napot,
                             access == Access::kFetch, address & kPageMask});
        out.physical = (base & ~(span - 1)) | (address & (span - 1));
        out.page_first = address & ~(span - 1);
        out.page_last = out.page_first + (span - 1);
        return true;
    }
    return fail(hart, fault, address);
}

}  // namespace kiln::riscv
