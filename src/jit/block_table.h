// Blocks by where their code is: a table with open addressing, of which a look-up touches one line
// and then the block itself, which is what it is about.
//
// A block that became stale keeps its place until the table grows, or another one takes it.
#pragma once

#include <vector>

#include "jit/interp/op.h"

namespace kiln {

template <class G>
class BlockTable {
  public:
    using Block = interp::Block<G>;

    struct Key {
        u64 physical;
        u64 mode;
        u64 physical2;
        bool operator==(const Key&) const = default;
    };
    static Key key_of(const Block& block) { return {block.physical, block.mode, block.physical2}; }

    // nullptr: there is none.
    Block* find(const Key& key) const {
        const u64 hash = hash_of(key);
        for (size_t at = hash & mask();; at = (at + 1) & mask()) {
            const Slot& slot = slots_[at];
            if (slot.block == nullptr) return nullptr;
            if (slot.hash == hash && key_of(*slot.block) == key && !slot.block->stale)
                return slot.block;
        }
    }
    // There is no other block for its key that is not stale.
    void insert(Block& block) {
        if (2 * (used_ + 1) > slots_.size()) grow();
        put({hash_of(key_of(block)), &block});
    }
    void clear() {
        slots_.assign(kFirstSlots, {});
        used_ = 0;
    }

  private:
    struct Slot {
        u64 hash = 0;
        Block* block = nullptr;
    };
    // Twice the blocks of a system that boots.
    static constexpr size_t kFirstSlots = 1 << 17;

    static u64 hash_of(const Key& key) {
        const u64 mixed =
            (key.physical ^ key.mode << 53 ^ key.physical2 << 20) * 0x9e3779b97f4a7c15;
        return mixed ^ mixed >> 32;
    }
    size_t mask() const { return slots_.size() - 1; }

    void put(const Slot& added) {
        size_t at = added.hash & mask();
        while (slots_[at].block != nullptr && !slots_[at].block->stale) at = (at + 1) & mask();
        if (slots_[at].block == nullptr) ++used_;
        slots_[at] = added;
    }
    void grow() {
        std::vector<Slot> old(slots_.size() * 2);
        old.swap(slots_);
        used_ = 0;
        for (const Slot& slot : old)
            if (slot.block != nullptr && !slot.block->stale) put(slot);
    }

    std::vector<Slot> slots_ = std::vector<Slot>(kFirstSlots);
    size_t used_ = 0;  // slots that were taken since they were made
};

}  // namespace kiln
