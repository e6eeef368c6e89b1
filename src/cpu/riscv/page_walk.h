// The walk through the guest's page tables, for mmu.cpp.
#pragma once

#include "cpu/riscv/mmu.h"
#include "cpu/riscv/page_table.h"

namespace kiln::riscv {

// The cause of the trap where a page, or PMP or the memory behind it, refuses an access.
u64 page_fault(Access access);
u64 access_fault(Access access);

// Raises the trap; false.
bool fail(Hart& hart, u64 cause, u64 address);

// Translates by `scheme`, which is in force. False: the trap has been raised.
bool walk(Hart& hart, const Scheme& scheme, u64 address, Access access, Priv priv,
          Translation& out);

}  // namespace kiln::riscv
