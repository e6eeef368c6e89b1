// Which page table entries translations were derived from, so that a write to one drops what was
// derived from it: then no guest can tell what its TLBs held.
//
// An entry is remembered until it is written. Of a table whose entries map pages it is known where
// in virtual memory that is, so that one page is dropped; a write to any other entry drops all.
#pragma once

#include <span>

#include "cpu/host_pages.h"
#include "cpu/tlb.h"
#include "cpu/tlb_owner.h"
#include "support/int.h"

namespace kiln {

// An entry that was used to translate.
struct WalkedEntry {
    u64 address;     // guest-physical
    unsigned size;   // bytes: 4 or 8
    bool maps_page;  // it maps a page, not a larger piece or a table
    bool for_fetch;  // instructions were fetched through it
    u64 page;        // virtual address of that page
};

class WalkedEntries {
  public:
    // For RAM at guest-physical `base`. Throws UsageError when the host cannot map the tables.
    WalkedEntries(u64 base, u64 size);

    // Whether the entry is remembered for such use.
    bool knows(const WalkedEntry& entry) const noexcept;
    void add(const WalkedEntry& entry) noexcept;
    // [address, address + size) was written: tells `owners` of the entries in it and forgets them.
    void written(u64 address, u64 size, std::span<TlbOwner* const> owners) noexcept;
    // Whether an entry in [address, address + size) is remembered.
    bool any(u64 address, u64 size) const noexcept;

  private:
    // Bits of 64 words of 4 bytes: whether an entry starts there.
    struct Bits {
        u64 data;
        u64 fetch;
    };
    static constexpr u64 kWord = 4;
    static constexpr u64 kBitsBytes = 64 * kWord;
    static constexpr u64 kBitsPerPage = kPageSize / kBitsBytes;

    static u64 layout(const WalkedEntry& entry) noexcept;
    std::span<Bits> page_bits(u64 address) const noexcept;
    void drop(u64 address, bool fetched, std::span<TlbOwner* const> owners) const noexcept;

    u64 base_;
    HostPages bit_pages_;
    HostPages layout_pages_;
    Bits* bits_;
    u64* layouts_;  // of tables, by page of RAM
};

}  // namespace kiln
