#include "cpu/memory.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <sys/mman.h>

#include "cpu/write_journal.h"

namespace kiln {
Memory::Memory(u64 base, u64 size, Bus& bus)
    : base_(base),
      size_(size),
      bus_(bus),
      pages_(granule_bytes(size) + size, std::to_string(size >> 20) + " MiB"),
      granules_(pages_.as<u8>()),
      ram_(pages_.as<std::byte>() + granule_bytes(size)) {}

bool Memory::page_guarded(u64 address) const noexcept {
    constexpr u64 kPerPage = kPageSize >> kGranuleBits;
    const u8* first = granules_ + (((address - base_) & kPageMask) >> kGranuleBits);
    // A near granule is no reason: what reaches over the page's end never goes straight.
    constexpr u64 kEightNear = u64{0x0101010101010101} * kGranuleNear;
    u64 any = 0;
    for (u64 i = 0; i < kPerPage; i += sizeof(u64)) {
        u64 eight;
        std::memcpy(&eight, first + i, sizeof eight);
        any |= eight;
    }
    return (any & ~kEightNear) != 0;
}

void Memory::set_granules(u64 address, u64 size, u8 flag) noexcept {
    const u64 last = address + size - 1;
    for (u64 page = address & kPageMask; page <= last; page += kPageSize) {
        if (page_guarded(page)) continue;
        for (TlbOwner* owner : tlb_owners_) owner->guard_page(reinterpret_cast<u64>(host(page)));
    }
    add_flag(address, size, flag);
}

void Memory::add_flag(u64 address, u64 size, u8 flag) noexcept {
    const u64 first = (address - base_) >> kGranuleBits;
    const u64 last = (address + size - 1 - base_) >> kGranuleBits;
    for (u64 g = first; g <= last; ++g) granules_[g] |= flag;
    update_near(first, last);
}

void Memory::clear_granules(u64 address, u64 size, u8 flag) noexcept {
    const u64 first_granule = (address - base_) >> kGranuleBits;
    const u64 last_granule = (address + size - 1 - base_) >> kGranuleBits;
    for (u64 g = first_granule; g <= last_granule; ++g) granules_[g] &= static_cast<u8>(~flag);
    update_near(first_granule, last_granule);
}

// Flags of granules first to last have changed.
void Memory::update_near(u64 first, u64 last) noexcept {
    for (u64 g = std::max(first, u64{1}); g <= last; ++g) {
        const bool near = (granules_[g] & ~kGranuleNear) != 0;
        granules_[g - 1] =
            static_cast<u8>((granules_[g - 1] & ~kGranuleNear) | (near ? kGranuleNear : 0));
    }
}

// All pages are clean afterwards. Room for all is made here, so that note_change() never fails.
std::vector<u32> Memory::take_changed_pages() {
    std::vector<u32> changed;
    changed.reserve(size_ >> kPageBits);
    changed.swap(changed_);
    if (!notes_changes_) {
        for (u64 g = 0; g < size_ >> kGranuleBits; ++g)
            granules_[g] |= kGranuleClean | kGranuleNear;
        notes_changes_ = true;
    }
    for (const u32 page : changed)
        add_flag(base_ + (u64{page} << kPageBits), kPageSize, kGranuleClean);
    for (TlbOwner* owner : tlb_owners_) owner->drop_stores();
    return changed;
}

void Memory::note_change(u64 address) noexcept {
    const u64 page = (address - base_) >> kPageBits;
    clear_granules(base_ + (page << kPageBits), kPageSize, kGranuleClean);
    changed_.push_back(static_cast<u32>(page));
}

u8 Memory::flags_of(u64 address, u64 size) const noexcept {
    u8 flags = 0;
    for (u64 g = (address - base_) >> kGranuleBits;
         g <= (address + size - 1 - base_) >> kGranuleBits; ++g)
        flags |= granules_[g];
    return flags & static_cast<u8>(~kGranuleNear);
}

void Memory::written(u64 address, u64 size) noexcept {
    if (size != 0) written(address, size, flags_of(address, size));
}

void Memory::written(u64 address, u64 size, u8 flags) noexcept {
    if (flags == 0) return;
    if ((flags & kGranuleTable) != 0) entries_written(address, size);
    if ((flags & kGranuleClean) != 0)
        for (u64 page = address & kPageMask; page < address + size; page += kPageSize) soil(page);
    for (WriteListener* listener : listeners_) listener->guarded_write(address, size, flags);
}

void Memory::expect_file(u64 address, u64 size) noexcept {
    // What the host does not do is no loss.
    const auto begin = reinterpret_cast<std::uintptr_t>(host(address)) & kPageMask;
    const auto end = reinterpret_cast<std::uintptr_t>(host(address)) + size;
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_WRITE);
}

std::vector<u32> Memory::touched_pages() const {
    const u64 ram = granule_bytes(size_);
    std::vector<u32> pages;
    std::optional<RamPages::Piece> piece;
    for (u64 at = ram; (piece = pages_.touched(at)); at = piece->end)
        for (u64 byte = piece->first; byte < piece->end; byte += kPageSize)
            pages.push_back(static_cast<u32>((byte - ram) >> kPageBits));
    return pages;
}

void Memory::remember_walks() { walks_ = std::make_unique<WalkedEntries>(base_, size_); }

void Memory::note_walk(const WalkedEntry& entry) noexcept {
    walks_->add(entry);
    set_granules(entry.address, entry.size, kGranuleTable);
}

void Memory::entries_written(u64 address, u64 size) noexcept {
    walks_->written(address, size, tlb_owners_);
    const u64 end = address + size;
    for (u64 granule = address & -kGranuleSize; granule < end; granule += kGranuleSize)
        if (!walks_->any(granule, kGranuleSize))
            clear_granules(granule, kGranuleSize, kGranuleTable);
}

void Memory::store_walked(u64 address, unsigned size, u64 value) noexcept {
    if (journal_ != nullptr) journal_->note(address, size);
    std::memcpy(host(address), &value, size);
    written(address, size, flags_of(address, size) & static_cast<u8>(~kGranuleTable));
}

void Memory::store_ram(u64 address, unsigned size, u64 value) noexcept {
    if (journal_ != nullptr) journal_->note(address, size);
    std::memcpy(host(address), &value, size);
    written(address, size);
}

bool Memory::dma_read(u64 address, std::span<std::byte> out) noexcept {
    if (!in_ram(address, out.size())) return out.empty();
    std::memcpy(out.data(), host(address), out.size());
    return true;
}

bool Memory::dma_write(u64 address, std::span<const std::byte> in) noexcept {
    if (!in_ram(address, in.size())) return in.empty();
    std::memcpy(host(address), in.data(), in.size());
    written(address, in.size());
    return true;
}

}  // namespace kiln
