#include "cpu/walked_entries.h"

#include <algorithm>
#include <bit>
namespace kiln {
namespace {

// A table's layout: the virtual address that its first entry maps, plus the entry's size; or one of
// these.
constexpr u64 kNoLayout = 0;
constexpr u64 kManyLayouts = 1;
constexpr u64 kSizeMask = 15;

}  // namespace

WalkedEntries::WalkedEntries(u64 base, u64 size)
    : base_(base),
      bit_pages_(size / kBitsBytes * sizeof(Bits), "the map of page table entries"),
      layout_pages_((size >> kPageBits) * sizeof(u64), "the map of page tables"),
      bits_(bit_pages_.as<Bits>()),
      layouts_(layout_pages_.as<u64>()) {}

u64 WalkedEntries::layout(const WalkedEntry& entry) noexcept {
    if (!entry.maps_page) return kManyLayouts;
    const u64 index = (entry.address & ~kPageMask) / entry.size;
    return (entry.page - (index << kPageBits)) | entry.size;
}

std::span<WalkedEntries::Bits> WalkedEntries::page_bits(u64 address) const noexcept {
    return {bits_ + ((address - base_) >> kPageBits) * kBitsPerPage, kBitsPerPage};
}

bool WalkedEntries::knows(const WalkedEntry& entry) const noexcept {
    const u64 word = (entry.address - base_) / kWord;
    const Bits& bits = bits_[word / 64];
    if (((entry.for_fetch ? bits.fetch : bits.data) >> word % 64 & 1) == 0) return false;
    const u64 known = layouts_[(entry.address - base_) >> kPageBits];
    return known == kManyLayouts || known == layout(entry);
}

void WalkedEntries::add(const WalkedEntry& entry) noexcept {
    const std::span<Bits> page = page_bits(entry.address);
    u64& known = layouts_[(entry.address - base_) >> kPageBits];
    const bool used =
        std::ranges::any_of(page, [](const Bits& bits) { return (bits.data | bits.fetch) != 0; });
    const u64 wanted = layout(entry);
    if (!used || known == kNoLayout) known = wanted;
    if (known != wanted) known = kManyLayouts;
    const u64 word = (entry.address - base_) / kWord;
    Bits& bits = bits_[word / 64];
    (entry.for_fetch ? bits.fetch : bits.data) |= u64{1} << word % 64;
}

void WalkedEntries::drop(u64 address, bool fetched,
                         std::span<TlbOwner* const> owners) const noexcept {
    const u64 known = layouts_[(address - base_) >> kPageBits];
    for (TlbOwner* owner : owners) {
        if (known == kManyLayouts) {
            owner->drop_all();
            continue;
        }
        const u64 index = (address & ~kPageMask) / (known & kSizeMask);
        owner->drop_page((known & ~kSizeMask) + (index << kPageBits), fetched);
    }
}

// A write into an entry's second half is one to the entry.
void WalkedEntries::written(u64 address, u64 size, std::span<TlbOwner* const> owners) noexcept {
    const u64 first = (address - base_) / (2 * kWord) * 2;
    const u64 last = (address - base_ + size - 1) / kWord;
    for (u64 word = first; word <= last; word = (word / 64 + 1) * 64) {
        Bits& bits = bits_[word / 64];
        const u64 from = ~u64{0} << word % 64;
        const u64 to = last / 64 == word / 64 ? ~u64{0} >> (63 - last % 64) : ~u64{0};
        const u64 fetched = bits.fetch;
        u64 hit = (bits.data | fetched) & from & to;
        bits.data &= ~hit;
        bits.fetch &= ~hit;
        for (; hit != 0; hit &= hit - 1) {
            const auto bit = static_cast<unsigned>(std::countr_zero(hit));
            drop(base_ + (word / 64 * 64 + bit) * kWord, (fetched >> bit & 1) != 0, owners);
        }
    }
}

bool WalkedEntries::any(u64 address, u64 size) const noexcept {
    for (u64 word = (address - base_) / kWord; word <= (address - base_ + size - 1) / kWord; ++word)
        if (((bits_[word / 64].data | bits_[word / 64].fetch) >> word % 64 & 1) != 0) return true;
    return false;
}

}  // namespace kiln
