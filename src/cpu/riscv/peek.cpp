#include "cpu/riscv/peek.h"

#include <algorithm>
#include <cstring>

#include "cpu/riscv/page_table.h"

namespace kiln::riscv {
namespace {

bool peek_walk(const Hart& hart, const Scheme& scheme, u64 address, u64& physical) {
    if (scheme.address_bits != 32 && !canonical(address, scheme.address_bits)) return false;
    u64 table = (hart.satp & page_number_mask(hart)) << kPageBits;
    for (unsigned level = scheme.levels; level-- > 0;) {
        const unsigned shift = static_cast<unsigned>(kPageBits) + level * scheme.index_bits;
        const u64 index = address >> shift & ((u64{1} << scheme.index_bits) - 1);
        const u64 at = table + index * scheme.pte_bytes;
        if (!hart.memory->in_ram(at, scheme.pte_bytes)) return false;
        u64 pte = 0;
        std::memcpy(&pte, hart.memory->host(at), scheme.pte_bytes);
        if ((pte & kPteValid) == 0) return false;
        table = (pte >> 10 & page_number_mask(hart)) << kPageBits;
        if ((pte & (kPteRead | kPteExecute)) == 0) continue;
        const bool napot = (pte & kPteNapot) != 0 && !hart.is_rv32();
        if (napot && !napot_encoding(hart, pte, level)) return false;
        const u64 span = napot ? u64{1} << 16 : u64{1} << shift;
        physical = (table & ~(span - 1)) | (address & (span - 1));
        return true;
    }
    return false;
}

// Calls f(physical address, offset, size) for the parts of a range, page by page, while they lead
// to RAM. Returns how many bytes that were.
template <class F>
size_t for_each_part(const Hart& hart, u64 address, size_t size, const F& f) {
    size_t done = 0;
    while (done < size) {
        const u64 at = hart.xlen_value(address + done);
        const size_t part = std::min<u64>(size - done, kPageSize - (at & ~kPageMask));
        u64 physical;
        if (!peek_translate(hart, at, physical) || !hart.memory->in_ram(physical, part)) break;
        f(physical, done, part);
        done += part;
    }
    return done;
}

}  // namespace

bool peek_translate(const Hart& hart, u64 address, u64& physical) {
    Scheme scheme;
    if (hart.priv != Priv::kMachine && find_scheme(hart, scheme))
        return peek_walk(hart, scheme, address, physical);
    physical = address;
    return true;
}

size_t peek_memory(const Hart& hart, u64 address, std::span<std::byte> out) {
    return for_each_part(hart, address, out.size(), [&](u64 physical, size_t at, size_t size) {
        std::memcpy(out.data() + at, hart.memory->host(physical), size);
    });
}

bool poke_memory(Hart& hart, u64 address, std::span<const std::byte> in) {
    const auto nothing = [](u64, size_t, size_t) {};
    if (for_each_part(hart, address, in.size(), nothing) != in.size()) return false;
    for_each_part(hart, address, in.size(), [&](u64 physical, size_t at, size_t size) {
        hart.memory->dma_write(physical, in.subspan(at, size));
    });
    return true;
}

}  // namespace kiln::riscv
