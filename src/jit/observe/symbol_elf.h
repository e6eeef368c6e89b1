// An ELF in memory that names native code, for debuggers.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "support/int.h"

namespace kiln {

struct CodeSymbol {
    std::string name;
    u64 address;  // of the host
    u64 size;
};

// An ELF for this host's processor with a function symbol for each of `symbols` (by address, at
// least one), and call frame information by which a debugger finds who entered the code (the frame
// of jit/native/convention.h). It has no code in it: a debugger reads that where it runs.
std::vector<std::byte> make_symbol_elf(std::span<const CodeSymbol> symbols);

}  // namespace kiln
