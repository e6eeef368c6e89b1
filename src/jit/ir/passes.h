// The passes: they make a block better and keep what it does, at every exit too. Each takes time
// linear in the block's length. docs/ir.md says how to add one.
#pragma once

#include <array>
#include <string_view>

#include "jit/ir/forward_pass.h"

namespace kiln::ir {

// Forward passes.

// Reads of guest state become the values that were read or written before.
std::unique_ptr<ForwardPass> make_reuse_state();
// Computes what is constant, and makes dear operations cheap ones.
std::unique_ptr<ForwardPass> make_fold_constants();
// Drops extensions, masks, NaN-box checks and comparisons whose outcome follows from known bits.
std::unique_ptr<ForwardPass> make_remove_redundant_extensions();
// Floating-point operations take NaNs that are not made canonical yet.
std::unique_ptr<ForwardPass> make_skip_canonical_nans();
// The same operation on the same values is done once. Floating-point operations too: the second one
// raises the flags that the first one raised, so it changes nothing.
std::unique_ptr<ForwardPass> make_reuse_values();
// Moves constants that are added to an address into the load or store.
std::unique_ptr<ForwardPass> make_fold_addresses();

// Passes over a whole block.

// Writes of guest state that a later one covers go, and the exits in between write them instead.
void remove_covered_writes(Block& block);
// Drops what nobody uses and has no effect.
void remove_dead_code(Block& block);

// A forward pass with a walk of its own.
template <std::unique_ptr<ForwardPass> (*kMake)()>
void run_alone(Block& block) {
    std::vector<std::unique_ptr<ForwardPass>> passes;
    passes.push_back(kMake());
    Rewriter(std::move(passes)).run(block);
}

struct Pass {
    std::string_view name;
    std::unique_ptr<ForwardPass> (*make)();  // nullptr: it is none that goes forward
    void (*run)(Block& block);
};
template <std::unique_ptr<ForwardPass> (*kMake)()>
constexpr Pass forward_pass(std::string_view name) {
    return {name, kMake, run_alone<kMake>};
}
// In the order in which optimize runs them: those that go forward first, in one walk.
inline constexpr std::array<Pass, 8> kPasses = {{
    forward_pass<make_reuse_state>("reuse_state"),
    forward_pass<make_fold_constants>("fold_constants"),
    forward_pass<make_remove_redundant_extensions>("remove_redundant_extensions"),
    forward_pass<make_skip_canonical_nans>("skip_canonical_nans"),
    forward_pass<make_reuse_values>("reuse_values"),
    forward_pass<make_fold_addresses>("fold_addresses"),
    {"remove_covered_writes", nullptr, remove_covered_writes},
    {"remove_dead_code", nullptr, remove_dead_code},
}};

// Runs all of them. Debug builds verify the block in between.
void optimize(Block& block);

}  // namespace kiln::ir
