// Pre-decoded code of the interpreter: blocks of operations, each of which jumps to the next
// one's handler.
//
// A block's memory: the header, the operations (an operation that leaves the block is followed by
// its links), then the pc offset of each operation. `Operands::index` of an operation is its place
// in the block, so that the header is found from any of them.
#pragma once

#include <array>
#include <cstddef>

#include "cpu/cpu_state.h"
#include "jit/heat.h"
#include "support/int.h"

namespace kiln::native {
struct Block;
}

namespace kiln::interp {

template <class G>
struct Op;

// Runs an operation and, by a tail call, all that follow. `pc` is the guest pc of the block,
// `budget` what is left of the slice when the whole block is done.
template <class G>
using Handler = void (*)(CpuState* state, const Op<G>* op, u64 pc, i64 budget);

template <class G>
struct Op {
    Handler<G> handler;
    typename G::Operands operands;
};

// A way out of a block to one known target. It leads there while `key` is the hart's fetch_key or
// kAlwaysLinked.
template <class G>
struct Link {
    const Op<G>* target;
    u64 key;
    i32 delta;   // target's pc minus the block's
    u32 count;   // instructions of the target
    Link* next;  // of the links that lead to the same target
};
inline constexpr u64 kNeverLinked = ~u64{0};
inline constexpr u64 kAlwaysLinked = ~u64{1};
// Links take the place of operations.
inline constexpr unsigned kOpsPerLink = 2;
inline constexpr unsigned kMaxLinks = 2;

// How many targets of a computed jump are noted, and while the block is new in so many entries.
inline constexpr unsigned kMaxJumpTargets = 8;
inline constexpr u64 kEntriesNoted = 4096;

template <class G>
struct Block {
    u64 physical;   // guest-physical address of its first byte
    u64 physical2;  // of the part on a second page, or kOnePage
    u64 mode;
    u16 bytes;  // of guest code that it was made from
    u16 count;  // instructions
    u16 ops;    // operations and links, in units of an operation
    bool stale;
    bool refused;     // there is no native code for it
    bool checked;     // the engine is asked at each entry: a debugger may stop there
    bool wanted;      // to be compiled with what is around it, when it runs next
    u8 region_level;  // highest level of the regions that have it; 0: none does
    u8 refusals;      // of regions around it, by the backend
    u16 regions;      // that have it, those too that are still to be compiled
    u16 taken;        // RegionBlock::taken, when it was interpreted last
    // Where a computed jump at its end led to at first, as distances from its pc; 0: nowhere.
    mutable std::array<i32, kMaxJumpTargets> jumped_to;
    Link<G>* incoming;  // links that lead here
    // Of the first operation: where native code stands in front of it, and where not.
    Handler<G> first_handler;
    native::Block* native;  // its native code, or nullptr
    Heat heat;
    // The interpreter counts entries by counting up `ticks`, and asks the engine at the one that
    // makes it 0: the one that makes entries() `due`. (Where both start at 0, none does.) The last
    // member: beside the first operation, which is read then.
    u64 due;
    mutable u64 ticks;

    static constexpr u64 kOnePage = ~u64{0};

    bool straddles() const { return physical2 != kOnePage; }
    // Times that the interpreter entered it, since it was made.
    u64 entries() const { return due + ticks; }
    // Whether the next entry is due.
    bool is_due() const { return ticks == ~u64{0}; }
    // Makes the entry due that is `distance` entries away; 0: none.
    void set_due(u64 distance) {
        const u64 counted = entries();
        due = distance == 0 ? 0 : counted + distance;
        ticks = counted - due;
    }
    // Notes where the computed jump at its end, whose block is at `pc`, leads, while it is new.
    void note_jump(u64 pc, u64 target) const {
        if (entries() > kEntriesNoted) [[likely]]
            return;
        const u64 distance = target - pc;
        const auto noted = static_cast<i32>(distance);
        if (static_cast<u64>(i64{noted}) != distance) return;
        for (i32& place : jumped_to) {
            if (place == 0) place = noted;
            if (place == noted) return;
        }
    }
    Op<G>* code() { return reinterpret_cast<Op<G>*>(this + 1); }
    const Op<G>* code() const { return reinterpret_cast<const Op<G>*>(this + 1); }
    // Offsets from the block's pc; one more than there are operations that carry an instruction.
    u16* offsets() { return reinterpret_cast<u16*>(code() + ops); }
    const u16* offsets() const { return reinterpret_cast<const u16*>(code() + ops); }
};

// The block whose first operation this is.
template <class G>
const Block<G>& block_at(const Op<G>* first) {
    return *(reinterpret_cast<const Block<G>*>(first) - 1);
}

template <class G>
const Block<G>& block_of(const Op<G>* op) {
    return block_at<G>(op - op->operands.index);
}

template <class G>
const Link<G>& link_behind(const Op<G>* op, unsigned number) {
    static_assert(sizeof(Link<G>) == kOpsPerLink * sizeof(Op<G>));
    return *reinterpret_cast<const Link<G>*>(op + 1 + number * kOpsPerLink);
}

// Takes a link off its target.
template <class G>
void unlink(Link<G>& link) {
    if (link.target == nullptr) return;
    auto& target = const_cast<Block<G>&>(block_of(link.target));
    Link<G>** at = &target.incoming;
    while (*at != nullptr && *at != &link) at = &(*at)->next;
    if (*at != nullptr) *at = link.next;
    link.key = kNeverLinked;
    link.target = nullptr;
}

// Aims a link at a block that has the same pc distance each time the link's block runs.
template <class G>
void aim(Link<G>& link, Block<G>& target, u64 key, i32 delta) {
    if (link.target != target.code()) {
        unlink(link);
        link.target = target.code();
        link.next = target.incoming;
        target.incoming = &link;
    }
    link.delta = delta;
    link.count = target.count;
    link.key = key;
}

}  // namespace kiln::interp
