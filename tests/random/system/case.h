// Sequences that run in any privilege mode, behind page tables and PMP, with traps, interrupts and
// CSRs of M- and S-mode. A case is what one hart runs; a trial is what the harts run at the same
// time.
#pragma once

#include <array>
#include <iosfwd>
#include <string>
#include <vector>

#include "cpu/riscv/hart.h"
#include "cpu/riscv/isa.h"
#include "random/layout.h"
#include "random/sequence.h"
#include "random/system/layout.h"

namespace kiln::random_test {

// The CSRs that a case starts with, in the order of the harness (SYSTEM_CSRS).
enum class SystemCsr : u8 {
    kMedeleg,
    kMideleg,
    kMie,
    kMip,
    kMcounteren,
    kScounteren,
    kSatp,
    kStvec,
    kSepc,
    kSscratch,
    kScause,
    kStval,
    kPmpaddr0,
    kCount = SYSTEM_CSR_COUNT,
};
std::string system_csr_name(size_t slot);

// The page table entries that a case fills, by what they lead to.
enum class Pte : u8 {
    kVector,
    kWindow,
    kCode = 3,
    kAlias = 5,   // two pages at kAliases
    kRange = 7,   // the top of each level below the third: to the next table
    kSuper = 10,  // a superpage at super_address()
    kCount = SYSTEM_PTE_COUNT,
};

inline constexpr u64 kAliases = 0x80060000;
inline constexpr u8 kMostPmp = 4;  // PMP entries that a case fills

// Addresses are those of the first hart; the writer of images moves what lies in its area to the
// area of the hart that runs the case.
struct SystemCase {
    riscv::Priv priv = riscv::Priv::kUser;
    u64 mstatus = 0;  // without MPP and FS
    std::array<u64, SYSTEM_CSR_COUNT> csrs{};
    std::array<u8, kMostPmp> pmpcfg{};
    std::array<u64, SYSTEM_PTE_COUNT> ptes{};
    u64 timer = 0;        // ticks until an interrupt; 0: none
    bool shared = false;  // addresses in registers stay in the first hart's area
    Sequence sequence;

    u64& csr(SystemCsr which) { return csrs[static_cast<size_t>(which)]; }
    u64& pte(Pte which, size_t index = 0) { return ptes[static_cast<size_t>(which) + index]; }
};

// What is compared with what.
enum class Family : u8 {
    kAny,    // with any emulator: no timer, no counts, no loops, one hart
    kExact,  // with Kiln alone, under --clock icount
};

struct Trial {
    riscv::Isa isa;
    Family family = Family::kAny;
    std::vector<SystemCase> cases;  // one for each hart
};

// All of it follows from the seed, the ISA, the family and the number of harts.
Trial make_trial(const riscv::Isa& isa, Family family, size_t harts, u64 seed);

// As text, what a file of the corpus holds. Throws std::runtime_error with the line that is wrong.
std::string to_text(const Trial& trial);
Trial read_trial(std::istream& text);

// ---- Addresses, of the first hart ----

constexpr u64 area_address(u64 offset) { return SYSTEM_AREA + offset; }
inline constexpr u64 kSystemWindow = area_address(AREA_WINDOW);
inline constexpr u64 kSystemCode = area_address(AREA_CODE);
// Where the code starts: so that most cross into the second page.
inline constexpr u64 kSystemStart = kSystemCode + 0xfa0;
constexpr u64 table_address(unsigned level) { return area_address(AREA_TABLES) + 0x1000 * level; }
constexpr u64 super_address(bool rv32) { return rv32 ? 0x80400000 : 0x80200000; }

// Where an entry lies, in the tables of Sv32 or Sv39 and what is above.
u64 pte_address(size_t slot, bool rv32);

}  // namespace kiln::random_test
