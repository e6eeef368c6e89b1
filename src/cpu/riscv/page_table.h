// The form of page tables (privileged manual, "Virtual-Memory System").
#pragma once

#include "cpu/riscv/hart.h"

namespace kiln::riscv {

// Bits of a page table entry.
inline constexpr u64 kPteValid = 1;
inline constexpr u64 kPteRead = 2;
inline constexpr u64 kPteWrite = 4;
inline constexpr u64 kPteExecute = 8;
inline constexpr u64 kPteUser = 16;
inline constexpr u64 kPteAccessed = 64;
inline constexpr u64 kPteDirty = 128;
inline constexpr u64 kPteNapot = u64{1} << 63;
// Reserved, and Svpbmt's field, which is not implemented.
inline constexpr u64 kPteReserved = (u64{1} << 63) - (u64{1} << 54);

// A translation scheme, by satp.MODE.
struct Scheme {
    unsigned levels;
    unsigned index_bits;  // of one level
    unsigned pte_bytes;
    unsigned address_bits;  // 32 for Sv32: no canonical form to check
};

// Which one translates for modes below M; false: none does.
inline bool find_scheme(const Hart& hart, Scheme& scheme) {
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

// Whether the bits above the lowest `bits` repeat the highest of these.
inline bool canonical(u64 address, unsigned bits) {
    const unsigned unused = 64 - bits;
    return static_cast<u64>(static_cast<i64>(address << unused) >> unused) == address;
}

// Svnapot: only 64 KiB pages exist, encoded as 1000 in the low bits of the page number.
inline bool napot_encoding(const Hart& hart, u64 pte, unsigned level) {
    return hart.isa.has(Ext::kSvnapot) && level == 0 && (pte >> 10 & 15) == 8;
}

// Bits of a physical page number.
inline u64 page_number_mask(const Hart& hart) { return (u64{1} << (hart.is_rv32() ? 22 : 44)) - 1; }

}  // namespace kiln::riscv
