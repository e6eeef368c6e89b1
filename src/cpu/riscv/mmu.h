// Address translation and the slow path of every memory access.
#pragma once

#include "cpu/emitter.h"
#include "cpu/guest.h"
#include "cpu/riscv/hart.h"

namespace kiln::riscv {

// Where a virtual address leads.
struct Translation {
    u64 physical;
    u64 page_first;  // the virtual range that the page table entry maps, superpages included
    u64 page_last;
};

// Translates `address` for `access` with the rights of `priv` (privileged manual, "Virtual Address
// Translation Process"). False: the trap has been raised with `address` as its value.
bool translate(Hart& hart, u64 address, Access access, Priv priv, Translation& out) noexcept;

// The memory operations of the emitter, complete: translation, PMP, page crossing, MMIO, TLB
// refill. `size` is 1, 2, 4 or 8. False: a trap has been raised and nothing was changed; or, with
// Reach::kPlainRam, no trap is pending: the access is one to a device or to guarded memory.
bool load(Hart& hart, u64 address, unsigned size, u64& value,
          Reach reach = Reach::kEverything) noexcept;
bool store(Hart& hart, u64 address, unsigned size, u64 value,
           Reach reach = Reach::kEverything) noexcept;
// Raises what an access of 1 to kPageSize bytes would raise.
bool probe(Hart& hart, u64 address, u64 size, Access access) noexcept;
// Zeroes an aligned power of two of bytes up to a page. Memory that is not RAM refuses it with an
// access fault (Zicboz leaves I/O to the implementation).
bool zero(Hart& hart, u64 address, u64 size) noexcept;
// Atomics: `address` is aligned; 4 or 8 bytes.
bool load_reserved(Hart& hart, u64 address, unsigned size, u64& value) noexcept;
bool store_conditional(Hart& hart, u64 address, unsigned size, u64 value, bool& stored,
                       Reach reach = Reach::kEverything) noexcept;
bool atomic_rmw(Hart& hart, AtomicOp op, u64 address, unsigned size, u64 operand, u64& old,
                Reach reach = Reach::kEverything) noexcept;

// Translates a fetch of `size` bytes (2 or 4, inside one page). False: the trap has been raised.
bool fetch(Hart& hart, u64 pc, unsigned size, FetchPage& out) noexcept;

}  // namespace kiln::riscv
