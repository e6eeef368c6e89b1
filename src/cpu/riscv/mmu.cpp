#include "cpu/riscv/mmu.h"

#include <cstring>

#include "cpu/debug_points.h"
#include "cpu/riscv/access_log.h"
#include "cpu/riscv/causes.h"
#include "cpu/riscv/page_table.h"
#include "cpu/riscv/page_walk.h"

namespace kiln::riscv {
namespace {

// No RAM, and no device that takes the access.
bool refuse(Hart& hart, u64 address, u64 physical, u64 size, Access access) {
    log_refused(hart, address, physical, size, access);
    return fail(hart, access_fault(access), address);
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
    fill(hart, address, a, Access::kLoad, priv);
    fill(hart, second, b, Access::kLoad, priv);
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
    fill(hart, address, a, Access::kStore, priv);
    fill(hart, second, b, Access::kStore, priv);
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
