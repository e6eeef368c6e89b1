// Control and status registers.
#pragma once

#include <string>
#include <string_view>

#include "cpu/riscv/hart.h"

namespace kiln::riscv {

// Reads CSR `number` as software in the hart's mode would; false: it does not exist for this hart,
// or the mode, a counter enable or mstatus.FS forbids the access (also where `will_write` and it is
// read-only).
bool read_csr(Hart& hart, u32 number, bool will_write, u64& value);

// Writes it, with the WARL rules of each field. False as above. Ends the run where the write
// changes the mode word, the translation or what is pending.
bool write_csr(Hart& hart, u32 number, u64 value);

// The same for a debugger while no instruction is under way: whatever the mode, enables and FS. The
// counters are what the next instruction would read. False: the hart has no such CSR, or (poke_csr)
// it is read-only.
bool peek_csr(Hart& hart, u32 number, u64& value);
bool poke_csr(Hart& hart, u32 number, u64 value);

// Name of a CSR, empty where it has none; and its number, -1 where no CSR is called so.
std::string csr_name(u32 number);
int csr_number(std::string_view name);

}  // namespace kiln::riscv
