// The IR of a block that the interpreter has, as backends get it.
#pragma once

#include "jit/block_code.h"
#include "jit/ir/passes.h"
#include "jit/translate.h"

namespace kiln {

// The passes have been over it.
template <Guest G>
ir::Block translate_block(const Memory& memory, const typename G::Hart& hart,
                          const interp::Block<G>& block) {
    const BlockCode<G> code(memory, block);
    DecodedBlock<G> decoded;
    // What lies behind the block's bytes is no part of what the code depends on.
    decode_block(hart, code.bytes(), block.mode, block.straddles() ? 1 : kMaxBlockInsns, decoded);
    ir::Block ir = translate<G>(decoded);
    ir::optimize(ir);
    return ir;
}

}  // namespace kiln
