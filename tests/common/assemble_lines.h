// Guest code for tests, written in assembly.
#pragma once

#include <cstddef>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "cpu/riscv/assemble.h"

namespace kiln::test {

// The bytes of `lines`, the first of which is at `address`. Throws std::runtime_error that names
// the line that is none.
template <std::ranges::input_range Lines>
std::vector<std::byte> assemble_lines(const Lines& lines, const riscv::Isa& isa, u64 address) {
    std::vector<std::byte> code;
    for (const std::string& line : lines) {
        std::string error;
        const auto insn = riscv::assemble(line, isa, address + code.size(), error);
        if (!insn) throw std::runtime_error(line + ": " + error);
        const auto bytes = std::as_bytes(std::span(&insn->bits, 1)).first(insn->length);
        code.insert(code.end(), bytes.begin(), bytes.end());
    }
    return code;
}

}  // namespace kiln::test
