// A program for a machine: a flat binary made of assembly.
#pragma once

#include <fstream>
#include <string>

#include "common/assemble_lines.h"

namespace kiln::test {

// Writes the file. The program starts at the base of RAM.
template <typename Lines>
void write_program(const std::string& name, const Lines& lines) {
    constexpr u64 kRamBase = 0x80000000;
    const auto code = assemble_lines(lines, riscv::Isa::everything(64), kRamBase);
    std::ofstream(name, std::ios::binary)
        .write(reinterpret_cast<const char*>(code.data()),
               static_cast<std::streamsize>(code.size()));
}

}  // namespace kiln::test
