// How test programs take an ISA.
#pragma once

#include <string>

#include "cpu/riscv/isa.h"

namespace kiln::test {

// "rv64" and "rv32" are all that Kiln has; else an ISA string. Throws as Isa::parse does.
inline riscv::Isa parse_isa(const std::string& text) {
    if (text == "rv64") return riscv::Isa::everything(64);
    if (text == "rv32") return riscv::Isa::everything(32);
    return riscv::Isa::parse(text);
}

}  // namespace kiln::test
