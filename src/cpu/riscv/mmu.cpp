#include "cpu/riscv/mmu.h"

#include <cstring>

#include "cpu/riscv/causes.h"

namespace kiln::riscv {
namespace {

// Bits of a page table entry.
constexpr u64 kPteValid = 1;
constexpr u64 kPteRead = 2;
constexpr u64 kPteWrite = 4;
constexpr u64 kPteExecute = 8;
constexpr u64 kPteUser = 16;
constexpr u64 kPteAccessed = 64;
constexpr u64 kPteDirty = 128;
constexpr u64 kPteNapot = u64{1} << 63;
// Reserved, and Svpbmt's field, which is not implemented.
constexpr u64 kPteReserved = (u64{1} << 63) - (u64{1} << 54);

// A translation scheme, by satp.MODE.
struct Scheme {
    unsigned levels;
    unsigned index_bits;  // of one level
    unsigned pte_bytes;
    unsigned address_bits;  // 32 for Sv32: no canonical form to check
};

bool find_scheme(const Hart& hart, Scheme& scheme) {
    if (hart.is_rv32()) {
        scheme = {2, 10, 4, 32};
        return (hart.satp >> 31) != 0;
    }
    const unsigned mode = static_cast<unsigned>(hart.satp >> 60);
    if (mode == 0) return false;
    const unsigned levels = mode - 5;  // 8: Sv39, 9: Sv48, 10: Sv57
    scheme = {levels, 9, 8, 12 + 9 * levels};
    return true;
}

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

bool canonical(u64 address, unsigned bits) {
    const unsigned unused = 64 - bits;
    return static_cast<u64>(static_cast<i64>(address << unused) >> unused) == address;
}

bool leaf_permits(const Hart& hart, u64 pte, Access access, Priv priv) {
    const bool user_page = (pte & kPteUser) != 0;
    if (priv == Priv::kUser && !user_page) return false;
    if (priv == Priv::kSupervisor && user_page &&
        (access == Access::kFetch || (hart.mstatus & kMstatusSum) == 0))
        return false;
    switch (access) {
        case Access::kFetch: return (pte & kPteExecute) != 0;
        case Access::kStore: return (pte & kPteWrite) != 0;
        case Access::kLoad:
            return (pte & kPteRead) != 0 ||
                   ((pte & kPteExecute) != 0 && (hart.mstatus & kMstatusMxr) != 0);
    }
    return false;
}

// Sets A, and D for a store, in the entry at `pte_address`, or finds that software must (Svade).
bool update_accessed(Hart& hart, u64 address, u64 pte_address, unsigned pte_bytes, u64& pte,
                     Access access) {
    const u64 wanted = pte | kPteAccessed | (access == Access::kStore ? kPteDirty : 0);
    if (wanted == pte) return true;
    if ((hart.menvcfg & kEnvAdue) == 0) return fail(hart, page_fault(access), address);
    if (hart.pmp.check(pte_address, pte_bytes, Access::kStore, Priv::kSupervisor) !=
        Pmp::Verdict::kAllowed)
        return fail(hart, access_fault(access), address);
    pte = wanted;
    hart.memory->store_ram(pte_address, pte_bytes, pte);
    return true;
}

// Svnapot: only 64 KiB pages exist, encoded as 1000 in the low bits of the page number.
bool napot_encoding(const Hart& hart, u64 pte, unsigned level) {
    return hart.isa.has(Ext::kSvnapot) && level == 0 && (pte >> 10 & 15) == 8;
}

bool walk(Hart& hart, const Scheme& scheme, u64 address, Access access, Priv priv,
          Translation& out) {
    if (scheme.address_bits != 32 && !canonical(address, scheme.address_bits))
        return fail(hart, page_fault(access), address);
    const u64 ppn_mask = (u64{1} << (hart.is_rv32() ? 22 : 44)) - 1;
    u64 table = (hart.satp & ppn_mask) << kPageBits;
    for (unsigned level = scheme.levels; level-- > 0;) {
        const unsigned shift = static_cast<unsigned>(kPageBits) + level * scheme.index_bits;
        const u64 index = address >> shift & ((u64{1} << scheme.index_bits) - 1);
        const u64 pte_address = table + index * scheme.pte_bytes;
        if (!hart.memory->in_ram(pte_address, scheme.pte_bytes) ||
            hart.pmp.check(pte_address, scheme.pte_bytes, Access::kLoad, Priv::kSupervisor) !=
                Pmp::Verdict::kAllowed)
            return fail(hart, access_fault(access), address);
        u64 pte = 0;
        std::memcpy(&pte, hart.memory->host(pte_address), scheme.pte_bytes);
        if ((pte & kPteValid) == 0 || (pte & (kPteRead | kPteWrite)) == kPteWrite)
            return fail(hart, page_fault(access), address);
        const bool napot = (pte & kPteNapot) != 0 && !hart.is_rv32();
        if (!hart.is_rv32() && (pte & kPteReserved) != 0)
            return fail(hart, page_fault(access), address);
        const u64 ppn = pte >> 10 & ppn_mask;
        if ((pte & (kPteRead | kPteExecute)) == 0) {
            // A pointer to the next table: A, D, U and N are reserved in it.
            if (level == 0 || napot || (pte & (kPteAccessed | kPteDirty | kPteUser)) != 0)
                return fail(hart, page_fault(access), address);
            table = ppn << kPageBits;
            continue;
        }
        if (napot && !napot_encoding(hart, pte, level))
            return fail(hart, page_fault(access), address);
        const u64 span = napot ? u64{1} << 16 : u64{1} << shift;
        const u64 base = ppn << kPageBits;
        if (!leaf_permits(hart, pte, access, priv) || (!napot && (base & (span - 1)) != 0))
            return fail(hart, page_fault(access), address);
        if (!update_accessed(hart, address, pte_address, scheme.pte_bytes, pte, access))
            return false;
        out.physical = (base & ~(span - 1)) | (address & (span - 1));
        out.page_first = address & ~(span - 1);
        out.page_last = out.page_first + (span - 1);
        return true;
    }
    return fail(hart, page_fault(access), address);
}

// Translates, and asks PMP about the bytes themselves; `size` bytes lie inside one page.
bool resolve(Hart& hart, u64 address, u64 size, Access access, Priv priv, Translation& out) {
    if (!translate(hart, address, access, priv, out)) return false;
    if (hart.pmp.check(out.physical, size, access, priv) != Pmp::Verdict::kAllowed)
        return fail(hart, access_fault(access), address);
    return true;
}

// Puts the page into the TLB where every access of this kind to it succeeds.
void fill(Hart& hart, u64 address, const Translation& t, Access access, Priv priv) {
    const u64 page = t.physical & kPageMask;
    if (hart.pmp.check(page, kPageSize, access, priv) != Pmp::Verdict::kAllowed) return;
    if (t.page_last - t.page_first >= kPageSize) hart.note_superpage(t.page_first, t.page_last);
    const u64 tag = address & kPageMask;
    const u64 addend = reinterpret_cast<u64>(hart.memory->host(page)) - tag;
    if (access == Access::kLoad) {
        hart.tlb->load[Tlb::index(address)] = {tag, addend};
    } else {
        const u64 guarded = hart.memory->page_guarded(page) ? kTlbGuarded : 0;
        hart.tlb->store[Tlb::index(address)] = {tag | guarded, addend};
    }
}

bool crosses_page(u64 address, u64 size) {
    return (address & (kPageSize - 1)) + size > kPageSize;
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
    if (!memory.in_ram(a.physical, first)) return fail(hart, kCauseLoadAccess, address);
    if (!memory.in_ram(b.physical, size - first)) return fail(hart, kCauseLoadAccess, second);
    value = 0;
    std::memcpy(&value, memory.host(a.physical), first);
    std::memcpy(reinterpret_cast<std::byte*>(&value) + first, memory.host(b.physical),
                size - first);
    return true;
}

bool store_crossing(Hart& hart, u64 address, unsigned size, u64 value) {
    const unsigned first = static_cast<unsigned>(kPageSize - (address & (kPageSize - 1)));
    const u64 second = hart.xlen_value(address + first);
    const Priv priv = hart.data_priv();
    Translation a;
    Translation b;
    if (!resolve(hart, address, first, Access::kStore, priv, a) ||
        !resolve(hart, second, size - first, Access::kStore, priv, b))
        return false;
    Memory& memory = *hart.memory;
    if (!memory.in_ram(a.physical, first)) return fail(hart, kCauseStoreAccess, address);
    if (!memory.in_ram(b.physical, size - first)) return fail(hart, kCauseStoreAccess, second);
    std::memcpy(memory.host(a.physical), &value, first);
    std::memcpy(memory.host(b.physical), reinterpret_cast<const std::byte*>(&value) + first,
                size - first);
    memory.written(a.physical, first);
    memory.written(b.physical, size - first);
    return true;
}

// A store into a page that mixes code and data: the TLB has the page, the granules are free.
bool store_beside_code(Hart& hart, u64 address, unsigned size, u64 value) {
    const TlbEntry& entry = hart.tlb->store[Tlb::index(address)];
    if (entry.tag != (Tlb::tag(address, size) | kTlbGuarded)) return false;
    const u64 host = address + entry.addend;
    const Memory& memory = *hart.memory;
    if ((memory.granule_of_host(host) | memory.granule_of_host(host + size - 1)) != 0) return false;
    std::memcpy(reinterpret_cast<void*>(host), &value, size);
    return true;
}

template <class T>
T combine(AtomicOp op, T a, T b) {
    using S = std::make_signed_t<T>;
    switch (op) {
        case AtomicOp::kSwap: return b;
        case AtomicOp::kAdd: return a + b;
        case AtomicOp::kXor: return a ^ b;
        case AtomicOp::kAnd: return a & b;
        case AtomicOp::kOr: return a | b;
        case AtomicOp::kMin: return static_cast<S>(a) < static_cast<S>(b) ? a : b;
        case AtomicOp::kMax: return static_cast<S>(a) > static_cast<S>(b) ? a : b;
        case AtomicOp::kMinU: return a < b ? a : b;
        case AtomicOp::kMaxU: return a > b ? a : b;
    }
    return a;
}

// Resolves the page of an atomic: RAM only, with the rights of a store (or of a load for lr).
bool resolve_atomic(Hart& hart, u64 address, unsigned size, Access access, Translation& t) {
    const Priv priv = hart.data_priv();
    if (!resolve(hart, address, size, access, priv, t)) return false;
    if (!hart.memory->in_ram(t.physical, size)) return fail(hart, access_fault(access), address);
    fill(hart, address, t, access, priv);
    return true;
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

bool load(Hart& hart, u64 address, unsigned size, u64& value) noexcept {
    ++hart.misses.load;
    if (crosses_page(address, size)) return load_crossing(hart, address, size, value);
    const Priv priv = hart.data_priv();
    Translation t;
    if (!resolve(hart, address, size, Access::kLoad, priv, t)) return false;
    if (!hart.memory->in_ram(t.physical, size)) {
        if (!bus_load(hart, t.physical, size, value)) return fail(hart, kCauseLoadAccess, address);
        return true;
    }
    fill(hart, address, t, Access::kLoad, priv);
    value = 0;
    std::memcpy(&value, hart.memory->host(t.physical), size);
    return true;
}

bool store(Hart& hart, u64 address, unsigned size, u64 value) noexcept {
    if (store_beside_code(hart, address, size, value)) return true;
    ++hart.misses.store;
    if (crosses_page(address, size)) return store_crossing(hart, address, size, value);
    const Priv priv = hart.data_priv();
    Translation t;
    if (!resolve(hart, address, size, Access::kStore, priv, t)) return false;
    if (!hart.memory->in_ram(t.physical, size)) {
        if (!bus_store(hart, t.physical, size, value))
            return fail(hart, kCauseStoreAccess, address);
        return true;
    }
    fill(hart, address, t, Access::kStore, priv);
    hart.memory->store_ram(t.physical, size, value);
    return true;
}

bool probe(Hart& hart, u64 address, u64 size, Access access) noexcept {
    auto part = [&](u64 first, u64 length) {
        Translation t;
        if (!resolve(hart, first, length, access, hart.data_priv(), t)) return false;
        return hart.memory->in_ram(t.physical, length) ||
               hart.memory->bus().mapped(t.physical, length) ||
               fail(hart, access_fault(access), first);
    };
    if (!crosses_page(address, size)) return part(address, size);
    const u64 first = kPageSize - (address & (kPageSize - 1));
    return part(address, first) && part(hart.xlen_value(address + first), size - first);
}

bool load_reserved(Hart& hart, u64 address, unsigned size, u64& value) noexcept {
    Translation t;
    if (!resolve_atomic(hart, address, size, Access::kLoad, t)) return false;
    value = 0;
    std::memcpy(&value, hart.memory->host(t.physical), size);
    hart.reservation = {true, t.physical, value, static_cast<u8>(size)};
    return true;
}

bool store_conditional(Hart& hart, u64 address, unsigned size, u64 value, bool& stored) noexcept {
    Translation t;
    if (!resolve_atomic(hart, address, size, Access::kStore, t)) return false;
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

bool atomic_rmw(Hart& hart, AtomicOp op, u64 address, unsigned size, u64 operand,
                u64& old) noexcept {
    Translation t;
    if (!resolve_atomic(hart, address, size, Access::kStore, t)) return false;
    old = 0;
    std::memcpy(&old, hart.memory->host(t.physical), size);
    const u64 result = size == 4 ? combine<u32>(op, static_cast<u32>(old), static_cast<u32>(operand))
                                 : combine<u64>(op, old, operand);
    hart.memory->store_ram(t.physical, size, result);
    return true;
}

bool fetch(Hart& hart, u64 pc, unsigned size, FetchPage& out) noexcept {
    ++hart.misses.fetch;
    Translation t;
    if (!resolve(hart, pc, size, Access::kFetch, hart.priv, t)) return false;
    if (!hart.memory->in_ram(t.physical, size)) return fail(hart, kCauseFetchAccess, pc);
    out.physical = t.physical;
    out.uniform = hart.pmp.check(t.physical & kPageMask, kPageSize, Access::kFetch, hart.priv) ==
                  Pmp::Verdict::kAllowed;
    return true;
}

}  // namespace kiln::riscv
