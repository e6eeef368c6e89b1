// Privileged instructions in a sequence, and values that CSRs are given.
#pragma once

#include <optional>
#include <span>

#include "random/rng.h"
#include "random/system/case.h"

namespace kiln::random_test {

// A CSR that sequences read and write.
struct CsrChoice {
    u32 number;
    std::optional<SystemCsr> slot;                    // where it has its first value from
    u64 mask;                                         // bits that may be written
    u64 (*special)(Rng& rng, const riscv::Isa& isa);  // nullptr: any value of the mask
    bool exact;  // reads what other emulators count or keep otherwise
};
std::span<const CsrChoice> csr_choices();
struct PrivilegedOptions {
    riscv::Isa isa;
    riscv::Priv priv;  // where the sequence starts
    bool exact;        // for Family::kExact
    // What another emulator does otherwise (known-differences.txt) is kept apart: a case has either
    // MPRV or returns from M-mode, and interrupts of these bits of mip.
    bool mprv;
    u64 pending;
};

u64 csr_value(const CsrChoice& choice, const PrivilegedOptions& options, Rng& rng);

// Replaces some instructions by privileged ones, by accesses through aliases, superpages and page
// tables, and what would break the harness by nops.
void add_privileged(Sequence& sequence, const PrivilegedOptions& options, Rng& rng);

}  // namespace kiln::random_test
