// Memory as a debugger sees it: through the hart's translation, without any effect on the guest.
// Rights are not asked, A and D bits stay as they are, nothing traps, and devices are left alone.
#pragma once

#include <cstddef>
#include <span>

#include "cpu/riscv/hart.h"

namespace kiln::riscv {

// Where `address` leads in the hart's mode (MPRV aside); false: nowhere.
bool peek_translate(const Hart& hart, u64 address, u64& physical);

// Reads from the start as many bytes as lie in RAM, and returns how many.
size_t peek_memory(const Hart& hart, u64 address, std::span<std::byte> out);

// Writes `in`. False: not all of it leads to RAM, and nothing was written.
bool poke_memory(Hart& hart, u64 address, std::span<const std::byte> in);

}  // namespace kiln::riscv
