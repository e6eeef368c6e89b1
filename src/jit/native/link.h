// Aiming the edges of native code, and taking its blocks out of use.
#pragma once

#include "cpu/native_state.h"
#include "jit/native/native_block.h"

namespace kiln::native {

// Takes an edge off its target: code that takes it leaves to the engine.
inline void unlink(Edge& edge) {
    if (edge.to == nullptr) return;
    Edge** at = &edge.to->incoming;
    while (*at != &edge) at = &(*at)->next;
    *at = edge.next;
    edge.to = nullptr;
    edge.key = kNoKey;
    edge.target = edge.unlinked;
}

// Aims an edge at a block, for as long as `key` is the hart's fetch_key where it is keyed.
inline void link(Edge& edge, Block& to, u64 key) {
    if (edge.to != &to) {
        unlink(edge);
        edge.to = &to;
        edge.next = to.incoming;
        to.incoming = &edge;
        edge.target = to.entry;
    }
    edge.key = key;
}

// Takes care that nothing enters a block any more and that it leads nowhere. A piece of it that
// still runs leaves to the engine at its end.
inline void retire(Block& block) {
    block.owner = nullptr;
    block.entry = block.leave;
    while (block.incoming != nullptr) unlink(*block.incoming);
    for (Edge& edge : block.edges) unlink(edge);
}

// Makes a retired block the code of `owner`, which has the guest code that it was made from.
// `entry` is what it was entered by. Tables that held its entry word since lead there again,
// rightly: under their keys they mean its place and mode, where that code lies now.
inline void revive(Block& block, u64 entry, void* owner) {
    block.owner = owner;
    block.entry = entry;
}

}  // namespace kiln::native
