// The readable form of a block; docs/ir.md describes it. Printing and parsing undo each other.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "jit/ir/block.h"

namespace kiln::ir {

// Any block, a malformed one too.
std::string print(const Block& block);

// what() reads "line 3: reason".
struct ParseError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Reads a block. `helpers` are those that the text may name; lines are counted from `first_line`.
// Throws ParseError. What the text says is not checked beyond its form: see verifier.h.
Block parse(std::string_view text, std::span<const Helper* const> helpers = {},
            unsigned first_line = 1);

}  // namespace kiln::ir
