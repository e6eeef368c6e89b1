// Files of blocks with what they must do; README.md describes them.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "jit/ir/block.h"

namespace kiln::ir_test {

// A value in guest state or, `in_memory`, at a guest address.
struct Assignment {
    bool in_memory;
    u64 place;  // StateOffset or address
    unsigned bytes;
    u64 value;
};

// One execution: state before, state after. What `after` does not name is unchanged.
struct Run {
    unsigned line;
    std::vector<Assignment> before;
    std::vector<Assignment> after;
    i64 pc = 0;                // after, from the entry
    std::optional<u32> count;  // instructions begun; none: all of the block
    std::optional<u64> trap;   // cause
    u64 trap_value = 0;
    u32 fflags = 0;     // raised
    bool stop = false;  // the run is asked to end
};

struct IrCase {
    std::string name;
    ir::Block block;
    std::vector<Run> runs;
};

// what() reads "file: line 3: reason".
struct FileError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Throws FileError, also where the file cannot be read.
std::vector<IrCase> read_ir_file(const std::string& path);

}  // namespace kiln::ir_test
