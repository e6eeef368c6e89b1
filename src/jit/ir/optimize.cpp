#include "jit/ir/passes.h"
#include "jit/ir/verifier.h"

namespace kiln::ir {

void optimize(Block& block) {
    for (const Pass& pass : kPasses) {
        pass.run(block);
#ifndef NDEBUG
        verify(block);
#endif
    }
}

}  // namespace kiln::ir
