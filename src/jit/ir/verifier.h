// The rules of a block.
#pragma once

#include <stdexcept>
#include <string>

#include "jit/ir/block.h"

namespace kiln::ir {

// what() is the block's text, then the complaint.
struct InvalidBlock : std::logic_error {
    using std::logic_error::logic_error;
};

// Checks types, that values are made before they are used, points, immediates, exits and terminal.
// Throws InvalidBlock.
void verify(const Block& block);

}  // namespace kiln::ir
