// The passes: free functions that make a block better and keep what it does, at every exit too.
// Each takes time linear in the block's length. docs/ir.md says how to add one.
#pragma once

#include <array>
#include <string_view>

#include "jit/ir/block.h"

namespace kiln::ir {

// Reads of guest state become the values that were read or written before; writes that a later one
// covers go, and the exits in between write them instead.
void eliminate_state_accesses(Block& block);
// Computes what is constant, and makes dear operations cheap ones.
void fold_constants(Block& block);
// Drops extensions, masks, NaN-box checks and comparisons whose outcome follows from known bits.
void remove_redundant_extensions(Block& block);
// The same operation on the same values is done once. Floating-point operations too: the second one
// raises the flags that the first one raised, so it changes nothing.
void reuse_values(Block& block);
// Floating-point operations take NaNs that are not made canonical yet.
void skip_canonical_nans(Block& block);
// Moves constants that are added to an address into the load or store.
void fold_addresses(Block& block);
// Drops what nobody uses and has no effect.
void remove_dead_code(Block& block);

struct Pass {
    std::string_view name;
    void (*run)(Block& block);
};
// In the order in which optimize runs them.
inline constexpr std::array<Pass, 7> kPasses = {{
    {"eliminate_state_accesses", eliminate_state_accesses},
    {"fold_constants", fold_constants},
    {"remove_redundant_extensions", remove_redundant_extensions},
    {"skip_canonical_nans", skip_canonical_nans},
    {"reuse_values", reuse_values},
    {"fold_addresses", fold_addresses},
    {"remove_dead_code", remove_dead_code},
}};

// Runs all of them. Debug builds verify the block after each.
void optimize(Block& block);

}  // namespace kiln::ir
