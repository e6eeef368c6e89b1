// Memory for native code, bounded, and what code needs near it: the table of symbols, blocks and
// their edges.
//
// Code and data are cut into chunks that are filled in turn; when the space is full the oldest
// chunk is used again, and its blocks go.
#pragma once

#include <functional>
#include <vector>

#include "jit/native/convention.h"
#include "jit/native/dual_mapping.h"
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
    // Each block's code begins at a multiple of this.
    static constexpr size_t kCodeAlignment = 32;
    static constexpr u64 kSmallest = u64{2} << 20;
    static constexpr u64 kLargest = u64{1} << 30;

    // What must be done before a block goes: nothing may lead there any more.
    using Drop = std::function<void(Block&)>;

    // `bytes` for code and data together, kSmallest to kLargest. Throws UsageError when the host
    // does not give it.
    CodeSpace(u64 bytes, const Table& table);

    // To be called before each block is made, where no native code runs. Makes sure that there is
    // room for any block; where that reuses a chunk, calls `drop` with each of its blocks first.
    // Returns whether it did.
    bool make_room(const Drop& drop);
    // A block with `edges` edges, all zero. It counts from publish() on; one that is never
    // published goes with the next one that is made.
    Block& new_block(size_t edges);
    Room room() const;
    // The `bytes` that were written to room() are the code of `block`, which was made last.
    void publish(Block& block, size_t bytes);
    // Drops every block.
    void clear(const Drop& drop);

    // Host addresses, in data, of the word that holds a symbol's address or that of a helper's
    // function.
    u64 slot(Symbol symbol) const;
    u64 slot(const Helper& helper);

    // All memory for code, where it runs.
    std::span<const std::byte> memory() const { return {memory_.run(), memory_.code_bytes()}; }
    // Bytes of code and data that hold blocks, dropped ones too.
    u64 bytes_used() const;
    // Times a chunk was used again.
    u64 reuses() const { return reuses_; }

  private:
    struct Chunk {
        size_t code_used = 0;
        size_t data_used = 0;
        std::vector<Block*> blocks;
    };
    static constexpr size_t kChunks = 8;
    // The table, and words for helpers.
    static constexpr size_t kTableBytes = 4096;

    std::byte* code(size_t chunk) const { return memory_.run() + chunk * code_chunk_; }
    std::byte* data(size_t chunk) const {
        return memory_.data() + kTableBytes + chunk * data_chunk_;
    }
    void empty(Chunk& chunk, const Drop& drop);

    size_t code_chunk_;  // bytes of a chunk's code, and of its data
    size_t data_chunk_;
    DualMapping memory_;
    std::array<Chunk, kChunks> chunks_;
    size_t current_ = 0;
    u64 reuses_ = 0;
    std::vector<const Helper*> helpers_;
};

}  // namespace kiln::native
