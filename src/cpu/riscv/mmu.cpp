#include "cpu/riscv/mmu.h"

#include <cstring>

#include "cpu/debug_points.h"
#include "cpu/riscv/access_log.h"
#include "cpu/riscv/causes.h"
#include "cpu/riscv/page_table.h"

namespace kiln::riscv {
namespace {

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

// No RAM, and no device that takes the access.
bool refuse(Hart& hart, u64 address, u64 physical, u64 size, Access access) {
    log_refused(hart, address, physical, size, access);
    return fail(hart, access_fault(access), address);
}

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

// Asks PMP about `size` bytes at `physical`, to which `address` was translated.
bool permitted(Hart& hart, u64 address, u64 physical, u64 size, Access access, Priv priv) {
    if (hart.pmp.check(physical, size, access, priv) == Pmp::Verdict::kAllowed) return true;
    log_pmp(hart, address, physical, size, access, priv);
    return fail(hart, access_fault(access), address);
}

// Translates, and asks PMP about the bytes themselves; `size` bytes lie inside one page.
bool resolve(Hart& hart, u64 address, u64 size, Access access, Priv priv, Translation& out) {
    return translate(hart, address, access, priv, out) &&
           permitted(hart, address, out.physical, size, access, priv);
}

// Puts the page into the TLB where every access of this kind to it succeeds.
void fill(Hart& hart, u64 address, const Translation& t, Access access, Priv priv) {
    const u64 page = t.physical & kPageMask;
    // What is watched always comes by here.
    if (hart.debug != nullptr && hart.debug->watches_page(address)) return;
    if (hart.pmp.check(page, kPageSize, access, priv) != Pmp::Verdict::kAllowed) return;
    if (t.page_last - t.page_first >= kPageSize) hart.note_superpage(t.page_first, t.page_last);
    const u64 tag = address & kPageMask;
    const u64 addend = reinterpret_cast<u64>(hart.memory->host(page)) - tag;
    if (access == Access::kLoad) {
        hart.tlb->load[Tlb::index(address)] = {tag, addend};
    } else {
        hart.memory->soil(page);
        const bool asks = hart.memory->page_guarded(page) || hart.memory->has_journal();
        const u64 guarded = asks ? kTlbGuarded : 0;
        hart.tlb->store[Tlb::index(address)] = {tag | guarded, addend};
    }
}

bool crosses_page(u64 address, u64 size) { return (address & (kPageSize - 1)) + size > kPageSize; }

// Whether the walk has asked for the end of the run: it set A or D in guarded memory.
bool ends_run(const Hart& hart) { return hart.exit_request != 0; }

// Whether a store there is one that native code leaves to the interpreter.
bool is_guarded(const Hart& hart, Reach reach, u64 physical, u64 size) {
    return reach == Reach::kPlainRam && (ends_run(hart) || hart.memory->guarded(physical, size));
}

// A device's registers. Misaligned accesses have no meaning there.
bool bus_load(Hart& hart, u64 physical, unsigned size, u64& value) {
    if ((physical & (size - 1)) != 0) return false;
    const auto read = hart.memory->bus().read(physical, size);
    if (!read) return false;
    value = *read;
    return true;
}
bool bus_store(Hart& hart, u64 physical, unsigned size, u64 value) {
    if ((physical & (size - 1)) != 0) return false;
    // A device may have moved a deadline or asked for the end of the run.
    hart.exit_request |= kExitMachine;
    return hart.memory->bus().write(physical, size, value);
}

bool load_crossing(Hart& hart, u64 address, unsigned size, u64& value) {
    const unsigned first = static_cast<unsigned>(kPageSize - (address & (kPageSize - 1)));
    const u64 second = hart.xlen_value(address + first);
    const Priv priv = hart.data_priv();
    Translation a;
    Translation b;
    if (!resolve(hart, address, first, Access::kLoad, priv, a) ||
        !resolve(hart, second, size - first, Access::kLoad, priv, b))
        return false;
    const Memory& memory = *hart.memory;
    if (!memory.in_ram(a.physical, first))
        return refuse(hart, address, a.physical, first, Access::kLoad);
    if (!memory.in_ram(b.physical, size - first))
        return refuse(hart, second, b.physical, size - first, Access::kLoad);
    value = 0;
    std::memcpy(&value, memory.host(a.physical), first);
    std::memcpy(reinterpret_cast<std::byte*>(&value) + first, memory.host(b.physical),
                size - first);
    return true;
}

bool store_crossing(Hart& hart, u64 address, unsigned size, u64 value, Reach reach) {
    const unsigned first = static_cast<unsigned>(kPageSize - (address & (kPageSize - 1)));
    const u64 second = hart.xlen_value(address + first);
    const Priv priv = hart.data_priv();
    Translation a;
    Translation b;
    if (!resolve(hart, address, first, Access::kStore, priv, a) ||
        !resolve(hart, second, size - first, Access::kStore, priv, b))
        return false;
    Memory& memory = *hart.memory;
    if (!memory.in_ram(a.physical, first))
        return refuse(hart, address, a.physical, first, Access::kStore);
    if (!memory.in_ram(b.physical, size - first))
        return refuse(hart, second, b.physical, size - first, Access::kStore);
    if (is_guarded(hart, reach, a.physical, first) ||
        is_guarded(hart, reach, b.physical, size - first))
        return false;
    memory.store_ram(a.physical, first, value);
    memory.store_ram(b.physical, size - first, value >> first * 8);
    return true;
}

// A store into a page that mixes code and data: the TLB has the page, the granules are free.
bool store_beside_code(Hart& hart, u64 address, unsigned size, u64 value) {
    const TlbEntry& entry = hart.tlb->store[Tlb::index(address)];
    if (entry.tag != (Tlb::tag(address, size) | kTlbGuarded)) return false;
    const u64 physical = hart.memory->address_of(address + entry.addend);
    if (hart.memory->guarded(physical, size)) return false;
    hart.memory->store_ram(physical, size, value);
    return true;
}

template <class T>
T combine(AtomicOp op, T a, T b) {
    using S = std::make_signed_t<T>;
    switch (op) {
        case AtomicOp::kSwap:
            return b;
        case AtomicOp::kAdd:
            return a + b;
        case AtomicOp::kXor:
            return a ^ b;
        case AtomicOp::kAnd:
            return a & b;
        case AtomicOp::kOr:
            return a | b;
        case AtomicOp::kMin:
            return static_cast<S>(a) < static_cast<S>(b) ? a : b;
        case AtomicOp::kMax:
            return static_cast<S>(a) > static_cast<S>(b) ? a : b;
        case AtomicOp::kMinU:
            return a < b ? a : b;
        case AtomicOp::kMaxU:
            return a > b ? a : b;
    }
    return a;
}

// Resolves the page of an atomic: RAM only, with the rights of a store (or of a load for lr).
bool resolve_atomic(Hart& hart, u64 address, unsigned size, Access access, Translation& t) {
    const Priv priv = hart.data_priv();
    if (!resolve(hart, address, size, access, priv, t)) return false;
    if (!hart.memory->in_ram(t.physical, size))
        return refuse(hart, address, t.physical, size, access);
    fill(hart, address, t, access, priv);
    return true;
}

bool load_any(Hart& hart, u64 address, unsigned size, u64& value, Reach reach) {
    ++hart.misses.load;
    if (crosses_page(address, size)) return load_crossing(hart, address, size, value);
    const Priv priv = hart.data_priv();
    Translation t;
    if (!resolve(hart, address, size, Access::kLoad, priv, t)) return false;
    if (!hart.memory->in_ram(t.physical, size)) {
        if (reach == Reach::kPlainRam) return false;
        return bus_load(hart, t.physical, size, value) ||
               refuse(hart, address, t.physical, size, Access::kLoad);
    }
    fill(hart, address, t, Access::kLoad, priv);
    value = 0;
    std::memcpy(&value, hart.memory->host(t.physical), size);
    return true;
}

bool store_any(Hart& hart, u64 address, unsigned size, u64 value, Reach reach) {
    if (store_beside_code(hart, address, size, value)) return true;
    ++hart.misses.store;
    if (crosses_page(address, size)) return store_crossing(hart, address, size, value, reach);
    const Priv priv = hart.data_priv();
    Translation t;
    if (!resolve(hart, address, size, Access::kStore, priv, t)) return false;
    if (!hart.memory->in_ram(t.physical, size)) {
        if (reach == Reach::kPlainRam) return false;
        return bus_store(hart, t.physical, size, value) ||
               refuse(hart, address, t.physical, size, Access::kStore);
    }
    fill(hart, address, t, Access::kStore, priv);
    if (is_guarded(hart, reach, t.physical, size)) return false;
    hart.memory->store_ram(t.physical, size, value);
    return true;
}

bool zero_any(Hart& hart, u64 address, u64 size) {
    const TlbEntry& entry = hart.tlb->store[Tlb::index(address)];
    if (entry.tag == Tlb::tag(address, size)) {
        std::memset(reinterpret_cast<void*>(address + entry.addend), 0, size);
        return true;
    }
    const Priv priv = hart.data_priv();
    Translation t;
    if (!resolve(hart, address, size, Access::kStore, priv, t)) return false;
    if (!hart.memory->in_ram(t.physical, size))
        return refuse(hart, address, t.physical, size, Access::kStore);
    fill(hart, address, t, Access::kStore, priv);
    std::memset(hart.memory->host(t.physical), 0, size);
    hart.memory->written(t.physical, size);
    return true;
}

bool reserve_any(Hart& hart, u64 address, unsigned size, u64& value) {
    Translation t;
    if (!resolve_atomic(hart, address, size, Access::kLoad, t)) return false;
    value = 0;
    std::memcpy(&value, hart.memory->host(t.physical), size);
    hart.reservation = {true, t.physical, value, static_cast<u8>(size)};
    return true;
}

bool store_conditional_any(Hart& hart, u64 address, unsigned size, u64 value, bool& stored,
                           Reach reach) {
    Translation t;
    if (!resolve_atomic(hart, address, size, Access::kStore, t)) return false;
    if (is_guarded(hart, reach, t.physical, size)) return false;
    const Reservation reservation = hart.reservation;
    hart.reservation.valid = false;
    u64 now = 0;
    std::memcpy(&now, hart.memory->host(t.physical), size);
    // Besides the address the value is compared: a device's write in between changes it.
    stored = reservation.valid && reservation.address == t.physical && reservation.size == size &&
             reservation.value == now;
    if (stored) hart.memory->store_ram(t.physical, size, value);
    return true;
}

bool rmw_any(Hart& hart, AtomicOp op, u64 address, unsigned size, u64 operand, u64& old,
             Reach reach) {
    Translation t;
    if (!resolve_atomic(hart, address, size, Access::kStore, t)) return false;
    if (is_guarded(hart, reach, t.physical, size)) return false;
    old = 0;
    std::memcpy(&old, hart.memory->host(t.physical), size);
    const u64 result = size == 4
                           ? combine<u32>(op, static_cast<u32>(old), static_cast<u32>(operand))
                           : combine<u64>(op, old, operand);
    hart.memory->store_ram(t.physical, size, result);
    return true;
}

// Does an access by `f`, unless a debugger watches it: then the run ends in front of the
// instruction. Native code leaves that to the interpreter.
template <class F>
bool observe(Hart& hart, u64 address, u64 size, WatchKind kind, Reach reach, const F& f) {
    if (hart.debug == nullptr || !hart.debug->has_watches()) return f();
    const auto hit = hart.debug->watched(hart.id, address, size, kind);
    if (!hit) return f();
    if (reach == Reach::kPlainRam) return false;
    hart.debug->note(*hit);
    return fail(hart, kBeyondReach, address);
}

}  // namespace

bool translate(Hart& hart, u64 address, Access access, Priv priv, Translation& out) noexcept {
    Scheme scheme;
    if (priv == Priv::kMachine || !find_scheme(hart, scheme)) {
        out = {address, address & kPageMask, address | ~kPageMask};
        return true;
    }
    return walk(hart, scheme, address, access, priv, out);
}

bool load(Hart& hart, u64 address, unsigned size, u64& value, Reach reach) noexcept {
    return observe(hart, address, size, WatchKind::kRead, reach,
                   [&] { return load_any(hart, address, size, value, reach); });
}

bool store(Hart& hart, u64 address, unsigned size, u64 value, Reach reach) noexcept {
    return observe(hart, address, size, WatchKind::kWrite, reach,
                   [&] { return store_any(hart, address, size, value, reach); });
}

bool zero(Hart& hart, u64 address, u64 size) noexcept {
    return observe(hart, address, size, WatchKind::kWrite, Reach::kEverything,
                   [&] { return zero_any(hart, address, size); });
}

bool load_reserved(Hart& hart, u64 address, unsigned size, u64& value) noexcept {
    return observe(hart, address, size, WatchKind::kRead, Reach::kEverything,
                   [&] { return reserve_any(hart, address, size, value); });
}

bool store_conditional(Hart& hart, u64 address, unsigned size, u64 value, bool& stored,
                       Reach reach) noexcept {
    const auto f = [&] { return store_conditional_any(hart, address, size, value, stored, reach); };
    // One that is known to fail stores nothing.
    if (!hart.reservation.valid) return f();
    return observe(hart, address, size, WatchKind::kWrite, reach, f);
}

bool atomic_rmw(Hart& hart, AtomicOp op, u64 address, unsigned size, u64 operand, u64& old,
                Reach reach) noexcept {
    return observe(hart, address, size, WatchKind::kAccess, reach,
                   [&] { return rmw_any(hart, op, address, size, operand, old, reach); });
}

bool probe(Hart& hart, u64 address, u64 size, Access access) noexcept {
    auto part = [&](u64 first, u64 length) {
        Translation t;
        if (!resolve(hart, first, length, access, hart.data_priv(), t)) return false;
        return hart.memory->in_ram(t.physical, length) ||
               hart.memory->bus().mapped(t.physical, length) ||
               refuse(hart, first, t.physical, length, access);
    };
    if (!crosses_page(address, size)) return part(address, size);
    const u64 first = kPageSize - (address & (kPageSize - 1));
    return part(address, first) && part(hart.xlen_value(address + first), size - first);
}

bool fetch(Hart& hart, u64 pc, unsigned size, FetchPage& out) noexcept {
    ++hart.misses.fetch;
    Translation t;
    if (!translate(hart, pc, Access::kFetch, hart.priv, t)) return false;
    // Each half is an access of its own, so that the trap names the part which is refused.
    for (unsigned part = 0; part < size; part += 2)
        if (!permitted(hart, pc + part, t.physical + part, 2, Access::kFetch, hart.priv))
            return false;
    if (!hart.memory->in_ram(t.physical, size))
        return refuse(hart, pc, t.physical, size, Access::kFetch);
    out.physical = t.physical;
    out.uniform = hart.pmp.check(t.physical & kPageMask, kPageSize, Access::kFetch, hart.priv) ==
                  Pmp::Verdict::kAllowed;
    return true;
}

}  // namespace kiln::riscv
