// The soft TLB: guest virtual page to host memory, for one privilege context of one hart.
#pragma once

#include <array>

#include "support/int.h"

namespace kiln {

inline constexpr u64 kPageBits = 12;
inline constexpr u64 kPageSize = u64{1} << kPageBits;
inline constexpr u64 kPageMask = ~(kPageSize - 1);

// A hit means: the page is RAM, and the access is permitted without any further check.
struct TlbEntry {
    // Page number's address of the mapping. Bit 0 set: a store hits only where no granule that it
    // touches is guarded (Memory::granule). Bit 1 set: matches no address.
    u64 tag;
    // Host address minus guest virtual address.
    u64 addend;
};

inline constexpr u64 kTlbInvalid = 2;
inline constexpr u64 kTlbGuarded = 1;
inline constexpr u64 kTlbEntries = 256;

struct Tlb {
    std::array<TlbEntry, kTlbEntries> load;
    std::array<TlbEntry, kTlbEntries> store;

    static constexpr u64 index(u64 address) { return (address >> kPageBits) & (kTlbEntries - 1); }

    // The tag that an access of `size` bytes at `address` compares with: the page of its last
    // byte. Where that is not the page of the first, it differs from the tag at index(address),
    // since neighbouring pages have different indexes.
    static constexpr u64 tag(u64 address, u64 size) { return (address + size - 1) & kPageMask; }

    void flush() {
        load.fill({kTlbInvalid, 0});
        store.fill({kTlbInvalid, 0});
    }

    void flush_page(u64 address) {
        const u64 page = address & kPageMask;
        TlbEntry& l = load[index(address)];
        TlbEntry& s = store[index(address)];
        if (l.tag == page) l.tag = kTlbInvalid;
        if ((s.tag & ~kTlbGuarded) == page) s.tag = kTlbInvalid;
    }
};

}  // namespace kiln
