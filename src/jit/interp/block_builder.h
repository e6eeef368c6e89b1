// Decodes guest code into a block of the interpreter.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#include "jit/interp/handlers.h"

namespace kiln::interp {

struct FreeBlock {
    void operator()(void* memory) const { std::free(memory); }
};
template <class G>
using BlockPtr = std::unique_ptr<Block<G>, FreeBlock>;

// Decodes at most `limit` instructions from `bytes`, the code from the block's first byte to the
// end of its page, or exactly one instruction that reaches over the page's end. An instruction that
// does so ends the block in front of it, so that `bytes` never needs more than one page otherwise.
// Throws std::bad_alloc.
template <class G>
BlockPtr<G> build_block(typename G::Hart& hart, std::span<const std::byte> bytes, u64 mode,
                        unsigned limit) {
    std::array<DecodedInsn<G>, kMaxBlockInsns + 1> insns;
    std::array<u16, kMaxBlockInsns + 2> offsets;
    unsigned count = 0;  // instructions
    unsigned ops = 0;    // operations that carry one, bookkeeping included
    size_t at = 0;
    bool ended = false;
    while (count < limit && !ended && bytes.size() - at >= G::kInsnAlignment &&
           bytes.size() - at >= G::insn_length(bytes.subspan(at))) {
        const DecodedInsn<G> insn = G::decode(hart, bytes.subspan(at), mode);
        offsets[ops] = static_cast<u16>(at);
        insns[ops++] = insn;
        count += insn.length != 0;
        at += insn.length;
        ended = insn.ends_block;
    }
    offsets[ops] = static_cast<u16>(at);

    const unsigned slots = ops + (ended ? 0 : 1) + kMaxLinks * kOpsPerLink;
    const size_t size = sizeof(Block<G>) + slots * sizeof(Op<G>) + (ops + 1) * sizeof(u16);
    void* memory = std::malloc(size);
    if (memory == nullptr) throw std::bad_alloc();
    BlockPtr<G> block(new (memory) Block<G>{});
    block->mode = mode;
    // Bookkeeping at the end was made from the instruction behind it.
    const size_t read_ahead = insns[ops - 1].length == 0 ? G::insn_length(bytes.subspan(at)) : 0;
    block->bytes = static_cast<u16>(at + read_ahead);
    block->count = static_cast<u16>(count);
    block->ops = static_cast<u16>(slots);
    block->physical2 = Block<G>::kOnePage;
    Op<G>* code = block->code();
    for (unsigned i = 0; i < ops; ++i) {
        code[i] = {kHandlers<G>[insns[i].id], insns[i].operands};
        code[i].operands.index = static_cast<u8>(i);
    }
    for (unsigned i = 0; i + 1 < ops; ++i)
        if (const Handler<G> pair = find_pair<G>(insns[i].id, insns[i + 1].id))
            code[i++].handler = pair;
    Op<G>* last = code + ops - 1;
    if (!ended) {
        last = code + ops;
        *last = {&fall_through<G>, {}};
        last->operands.index = static_cast<u8>(ops);
    }
    for (unsigned i = 0; i < kMaxLinks; ++i)
        new (last + 1 + i * kOpsPerLink) Link<G>{nullptr, kNeverLinked, 0, 0, nullptr};
    std::copy_n(offsets.begin(), ops + 1, block->offsets());
    return block;
}

}  // namespace kiln::interp
