#include "jit/native/code_space.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "cpu/tlb.h"

namespace kiln::native {
namespace {

size_t align_up(size_t value, size_t alignment) { return (value + alignment - 1) & -alignment; }

}  // namespace

// Of a chunk a third is data: three edges and a block stand beside some 300 bytes of code.
CodeSpace::CodeSpace(u64 bytes, const Table& table)
    : code_chunk_(bytes / kChunks / 3 * 2 & kPageMask),
      data_chunk_(bytes / kChunks / 3 & kPageMask),
      memory_(code_chunk_ * kChunks, kTableBytes + data_chunk_ * kChunks, "--code-cache") {
    std::memcpy(memory_.data(), &table, sizeof table);
}

void CodeSpace::empty(Chunk& chunk, const Drop& drop) {
    for (Block* block : chunk.blocks) drop(*block);
    chunk.blocks.clear();
    chunk.code_used = chunk.data_used = 0;
}

bool CodeSpace::make_room(const Drop& drop) {
    constexpr size_t kMaxBlockData = sizeof(Block) + kMaxBlockEdges * sizeof(Edge);
    const Chunk& now = chunks_[current_];
    if (code_chunk_ - now.code_used >= kMaxBlockCode &&
        data_chunk_ - now.data_used >= kMaxBlockData)
        return false;
    current_ = (current_ + 1) % kChunks;
    Chunk& next = chunks_[current_];
    if (next.blocks.empty()) return false;
    empty(next, drop);
    ++reuses_;
    return true;
}

Block& CodeSpace::new_block(size_t edges) {
    std::byte* at = data(current_) + chunks_[current_].data_used;
    auto* first = reinterpret_cast<Edge*>(at + sizeof(Block));
    Block* block = new (at) Block{};
    for (size_t i = 0; i < edges; ++i) {
        new (first + i) Edge{};
        first[i].from = block;
    }
    block->edges = {first, edges};
    return *block;
}

Room CodeSpace::room() const {
    const size_t used = chunks_[current_].code_used;
    return {memory_.write() + (code(current_) - memory_.run()) + used,
            reinterpret_cast<u64>(code(current_) + used), code_chunk_ - used};
}

void CodeSpace::publish(Block& block, size_t bytes) {
    Chunk& chunk = chunks_[current_];
    block.code = reinterpret_cast<const void*>(room().run);
    block.code_bytes = static_cast<u32>(bytes);
    chunk.code_used += align_up(bytes, kCodeAlignment);
    chunk.data_used += sizeof(Block) + block.edges.size() * sizeof(Edge);
    chunk.blocks.push_back(&block);
}

void CodeSpace::clear(const Drop& drop) {
    for (Chunk& chunk : chunks_) empty(chunk, drop);
    current_ = 0;
}

u64 CodeSpace::slot(Symbol symbol) const {
    return reinterpret_cast<u64>(memory_.data() + table_index(symbol) * sizeof(u64));
}

u64 CodeSpace::slot(const Helper& helper) {
    const auto found = std::ranges::find(helpers_, &helper);
    const auto number = static_cast<size_t>(found - helpers_.begin());
    std::byte* word = memory_.data() + sizeof(Table) + number * sizeof(u64);
    if (found == helpers_.end()) {
        if (word + sizeof(u64) > memory_.data() + kTableBytes) throw std::bad_alloc();
        helpers_.push_back(&helper);
        const auto address = reinterpret_cast<u64>(helper.function);
        std::memcpy(word, &address, sizeof address);
    }
    return reinterpret_cast<u64>(word);
}

u64 CodeSpace::bytes_used() const {
    u64 sum = 0;
    for (const Chunk& chunk : chunks_) sum += chunk.code_used + chunk.data_used;
    return sum;
}

}  // namespace kiln::native
