#include <utility>

#include "jit/ir/passes.h"
#include "jit/ir/verifier.h"

namespace kiln::ir {
namespace {

Rewriter make_rewriter() {
    std::vector<std::unique_ptr<ForwardPass>> passes;
    for (const Pass& pass : kPasses)
        if (pass.make != nullptr) passes.push_back(pass.make());
    return Rewriter(std::move(passes));
}

void check([[maybe_unused]] const Block& block) {
#ifndef NDEBUG
    verify(block);
#endif
}

}  // namespace

void optimize(Block& block) {
    // The memory of one block's passes serves the next block.
    thread_local Rewriter rewriter = make_rewriter();
    rewriter.run(block);
    check(block);
    for (const Pass& pass : kPasses) {
        if (pass.make != nullptr) continue;
        pass.run(block);
        check(block);
    }
}

}  // namespace kiln::ir
