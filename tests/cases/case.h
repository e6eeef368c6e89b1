// Test cases for single instructions, one a line:
//
//   CODE ; BEFORE => AFTER
//
// CODE is instructions in the assembler's syntax, several separated by `|`. BEFORE and AFTER are
// assignments separated by blanks; README.md lists them. A line `[rv32 rv64imac]` says for which
// ISAs the cases below it hold ("rv32" and "rv64" alone: with every extension); `#` starts a
// comment.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "cpu/riscv/isa.h"
#include "support/int.h"

namespace kiln::cases {

enum class Place : u8 { kX, kF, kMemory, kCsr, kPc, kPriv, kTrap, kTval, kEpc, kSteps };

struct Assignment {
    Place place;
    u32 index = 0;    // register or CSR number, bytes of a memory access
    u64 address = 0;  // of memory
    u64 value = 0;
    bool relative = false;  // to the first instruction
    bool insn = false;      // the value is the last instruction's encoding
};

struct Case {
    std::string where;  // "file:line"
    std::string text;
    std::vector<std::string> code;
    std::vector<Assignment> before;
    std::vector<Assignment> after;
    std::vector<riscv::Isa> isas;
};

// A malformed case; what() reads "file:line: reason".
struct CaseError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Reads the cases of a file. Throws CaseError, also where the file cannot be read.
std::vector<Case> read_cases(const std::string& path);

}  // namespace kiln::cases
