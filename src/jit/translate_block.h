// The IR of a block that the interpreter has, as backends get it.
#pragma once

#include "jit/block_code.h"
#include "jit/ir/passes.h"
#include "jit/translate.h"

namespace kiln {

// A block's bytes, which begin at its pc. The passes have been over it. Of the hart only what never
// changes counts, so that any thread may do it.
template <Guest G>
ir::Block translate_code(const typename G::Hart& hart, std::span<const std::byte> code, u64 mode,
                         unsigned limit = kMaxBlockInsns) {
    DecodedBlock<G> decoded;
    decode_block(hart, code, mode, limit, decoded);
    ir::Block ir = translate<G>(decoded);
    ir::optimize(ir);
    return ir;
}

template <Guest G>
ir::Block translate_block(const Memory& memory, const typename G::Hart& hart,
                          const interp::Block<G>& block) {
    const BlockCode<G> code(memory, block);
    // What lies behind the block's bytes is no part of what the code depends on.
    return translate_code<G>(hart, code.bytes(), block.mode,
                             block.straddles() ? 1 : kMaxBlockInsns);
}

}  // namespace kiln
