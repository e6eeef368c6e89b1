// A block's native code as the engine sees it: where it is entered, and the ways out of it.
#pragma once

#include <cstddef>
#include <span>

#include "support/int.h"

namespace kiln::native {

struct Block;

// A way out of a block to a target that is known when the block is compiled, or a place where a
// call returns to. It lies in the data part of the code space. Code jumps to `target`; re-aiming is
// one aligned store.
struct Edge {
    u64 target;    // host address: the entry of `to`, or `unlinked`
    u64 key;       // edges that leave the page: the fetch_key under which `target` holds
    u64 unlinked;  // host address of the code that leaves through this edge to the engine
    Block* from;
    Block* to;   // nullptr: not linked
    Edge* next;  // of those that lead to the same block
    bool keyed;  // leaves the page, so the code compares `key`
    u16 offset;  // of the target in its page
    // Of a region, from page to page inside it: the owner of the block that this leads to. Code
    // goes there by itself while `key` holds, and leaves through the edge otherwise; `target` and
    // `to` stay as they are.
    const void* inner = nullptr;
};

struct Block {
    // Host address to jump to: the code, or `leave` when the code must not be entered any more.
    // (Lies in data as the edges do: jump tables hold the address of this word.)
    u64 entry;
    u64 leave;         // host address of code that goes to the engine with pc at the block's entry
    const void* code;  // first byte, to run
    u32 code_bytes;
    u32 count;  // guest instructions
    std::span<Edge> edges;
    Edge* incoming = nullptr;  // edges that lead here
    // The interpreter's block that this is the code of; nullptr: it is not to be used any more. The
    // engine's.
    void* owner = nullptr;
    // What CodeVersions knows of it; nullptr: nothing.
    const void* version = nullptr;
    // How much work it is: 1, or the level of the region that it is an entry of.
    unsigned level = 1;

    // Where its code begins, to run.
    const std::byte* begin() const { return static_cast<const std::byte*>(code); }
    bool in_region() const { return level > 1; }
};

// The code of a region (ir::Region): a block for each of its entries, in their order. All edges are
// the first one's. The count of each is that of the guest's block there.
struct Region {
    std::span<Block> entries;
    // For each edge between pages inside the region, in the order of the blocks: the number of the
    // block that it leads to. The edge is edges[number].
    struct InnerEdge {
        Edge* edge;
        u32 to;  // ir::RegionIndex
    };
    std::span<InnerEdge> inner;
    const void* code;  // first byte, to run
    u32 code_bytes;
    u32 instructions;  // of the guest
    unsigned level;    // optimisation, as jitctl counts: 2 or 3
    double compile_seconds;
    bool kept;  // by an earlier run, or another process
};

}  // namespace kiln::native
