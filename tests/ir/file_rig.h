// Runs a block from a file on an engine, and compares the whole state.
#pragma once

#include <span>

#include "ir/ir_file.h"
#include "ir/lanes.h"

namespace kiln::ir_test {

// Helpers that the blocks of files may name; see README.md.
std::span<const Helper* const> helpers();

// One line for each difference; none: passed. Throws FileError for a place that does not exist.
std::vector<std::string> run_block(const ir::Block& block, const Run& run, const Engine& engine);

}  // namespace kiln::ir_test
