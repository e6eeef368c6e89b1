// Decodes guest code into a block of the interpreter.
#pragma once

#include <algorithm>
#include <memory>
#include <memory_resource>
#include <span>

#include "jit/decode_block.h"
#include "jit/interp/handlers.h"

namespace kiln::interp {

// Gives a block's memory back to where it is from.
struct FreeBlock {
    std::pmr::memory_resource* from = nullptr;
    size_t size = 0;
    void operator()(void* memory) const { from->deallocate(memory, size); }
};
template <class G>
using BlockPtr = std::unique_ptr<Block<G>, FreeBlock>;

// Decodes a block as decode_block does, into memory of `from`. Throws std::bad_alloc.
template <class G>
BlockPtr<G> build_block(typename G::Hart& hart, std::span<const std::byte> bytes, u64 mode,
                        unsigned limit,
                        std::pmr::memory_resource* from = std::pmr::new_delete_resource()) {
    DecodedBlock<G> decoded;
    decode_block(hart, bytes, mode, limit, decoded);
    const auto& insns = decoded.insns;
    const unsigned ops = decoded.size;  // operations that carry an instruction
    const bool ended = decoded.ended;
    const unsigned slots = ops + (ended ? 0 : 1) + kMaxLinks * kOpsPerLink;
    const size_t size = sizeof(Block<G>) + slots * sizeof(Op<G>) + (ops + 1) * sizeof(u16);
    BlockPtr<G> block(new (from->allocate(size)) Block<G>{}, {from, size});
    block->mode = mode;
    block->bytes = static_cast<u16>(decoded.bytes);
    block->count = static_cast<u16>(decoded.count);
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
    block->first_handler = code->handler;
    Op<G>* last = code + ops - 1;
    if (!ended) {
        last = code + ops;
        *last = {&fall_through<G>, {}};
        last->operands.index = static_cast<u8>(ops);
    }
    for (unsigned i = 0; i < kMaxLinks; ++i)
        new (last + 1 + i * kOpsPerLink) Link<G>{nullptr, kNeverLinked, 0, 0, nullptr};
    std::copy_n(decoded.offsets.begin(), ops + 1, block->offsets());
    return block;
}

}  // namespace kiln::interp
