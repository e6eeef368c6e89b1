// What the log says of accesses that fail: items `mmu` and `guest_errors`.
#pragma once

#include "cpu/emitter.h"
#include "cpu/riscv/hart.h"

namespace kiln::riscv {

// Where a page walk stands.
struct WalkStep {
    enum Reached : u8 { kNothing, kAddress, kEntry };

    Reached reached = kNothing;  // what of the rest is known
    unsigned level = 0;          // 0: the last
    u64 pte_address = 0;         // physical
    u64 pte = 0;
};

// `mmu`: the walk for `address` ended at `step`, for `reason`.
[[gnu::cold]] void log_walk(const Hart& hart, u64 address, Access access, Priv priv,
                            const WalkStep& step, const char* reason);

// `mmu`: PMP refuses `size` bytes at `physical`, to which `address` was translated.
[[gnu::cold]] void log_pmp(const Hart& hart, u64 address, u64 physical, u64 size, Access access,
                           Priv priv);

// `guest_errors`: the access goes to no RAM, and no device takes it.
[[gnu::cold]] void log_refused(const Hart& hart, u64 address, u64 physical, u64 size,
                               Access access);

}  // namespace kiln::riscv
