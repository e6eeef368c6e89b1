// Memory for native code, bounded, and what code needs near it: the table of symbols, blocks and
// their edges.
//
// Code is mapped twice, to run and to write (never both through one mapping); data lies behind it,
// within reach of instructions that address relative to themselves. Both are cut into chunks that
// are filled in turn; when the space is full the oldest chunk is used again, and its blocks go.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "jit/native/convention.h"
#include "jit/native/native_block.h"
#include "jit/native/runtime.h"

namespace kiln::native {

// Where the next block's code goes.
struct Room {
    std::byte* write;  // to write
    u64 run;           // the same place, to run
    size_t size;       // bytes: kMaxBlockCode at least
};

class CodeSpace {
  public:
    // Most bytes of code that one block may have, and most edges.
    static constexpr size_t kMaxBlockCode = 64 << 10;
    static constexpr size_t kMaxBlockEdges = 8;
    static constexpr u64 kSmallest = u64{1} << 20;

    // `bytes` for code and data together, kSmallest to 1 GiB. Throws UsageError when the host does
    // not give it.
    CodeSpace(u64 bytes, const Table& table);
    ~CodeSpace();

    // To be called before each block is made, where no native code runs. Makes sure that there is
    // room for any block; where that reuses a chunk, calls `drop` with each of its blocks first,
    // which must take care that nothing leads there any more.
    void make_room(const std::function<void(Block&)>& drop);
    // A block with `edges` edges, all zero.
    Block& new_block(size_t edges);
    Room room() const;
    // The `bytes` that were written to room() are the code of `block`.
    void publish(Block& block, size_t bytes);
    // Drops every block, as make_room does.
    void clear(const std::function<void(Block&)>& drop);

    // Host addresses, in data, of the word that holds a symbol's address or a helper's function.
    u64 slot(Symbol symbol) const;
    u64 slot(const Helper& helper);

    // Bytes of code and data in use, the dropped blocks' too.
    u64 bytes_used() const;
    // Times a chunk was used again.
    u64 reuses() const;
};

}  // namespace kiln::native
