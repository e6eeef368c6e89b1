// Which instructions make a block: the same for every engine.
#pragma once

#include <array>
#include <span>

#include "cpu/guest.h"

namespace kiln {

// Most instructions in a block.
inline constexpr unsigned kMaxBlockInsns = 64;

template <class G>
struct DecodedBlock {
    // Instructions and bookkeeping.
    std::array<DecodedInsn<G>, kMaxBlockInsns + 1> insns;
    // Of each from the block's pc, and of the end.
    std::array<u16, kMaxBlockInsns + 2> offsets;
    unsigned size;   // of insns
    unsigned count;  // instructions among them
    unsigned bytes;  // of code that the block was made from
    bool ended;      // the last one ends the block
};

// Decodes at most `limit` instructions (up to kMaxBlockInsns) from `bytes`, the code from the
// block's first byte to the end of its page, or exactly one instruction that reaches over the
// page's end. An instruction that does so ends the block in front of it, so that `bytes` never
// needs more than one page otherwise.
template <class G>
void decode_block(const typename G::Hart& hart, std::span<const std::byte> bytes, u64 mode,
                  unsigned limit, DecodedBlock<G>& block) {
    block.size = block.count = 0;
    block.ended = false;
    size_t at = 0;
    while (block.count < limit && !block.ended && bytes.size() - at >= G::kInsnAlignment &&
           bytes.size() - at >= G::insn_length(bytes.subspan(at))) {
        const DecodedInsn<G> insn = G::decode(hart, bytes.subspan(at), mode);
        block.offsets[block.size] = static_cast<u16>(at);
        block.insns[block.size++] = insn;
        block.count += insn.length != 0;
        at += insn.length;
        block.ended = insn.ends_block;
    }
    block.offsets[block.size] = static_cast<u16>(at);
    // Bookkeeping at the end was made from the instruction behind it.
    const bool read_ahead = block.insns[block.size - 1].length == 0;
    block.bytes = static_cast<unsigned>(at + (read_ahead ? G::insn_length(bytes.subspan(at)) : 0));
}

}  // namespace kiln
