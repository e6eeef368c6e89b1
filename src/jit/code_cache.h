// The interpreter's blocks by guest-physical address and mode word, and what becomes of them when
// their bytes are written.
//
// A block whose code was overwritten is marked stale, and is not found any more; its memory stays
// until nothing can lead to it, that is until the cache is emptied at a safe point.
#pragma once

#include <algorithm>
#include <array>
#include <memory_resource>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cpu/memory.h"
#include "jit/block_table.h"
#include "jit/code_listener.h"
#include "jit/interp/block_builder.h"
#include "jit/native/link.h"

namespace kiln {

// Levels of code: 0 is the interpreter's, 1 that of blocks, 2 and 3 that of regions.
inline constexpr size_t kCodeLevels = 4;

// Sums over blocks.
struct BlockCounts {
    u64 blocks = 0;
    u64 instructions = 0;  // of the guest
    u64 entries = 0;       // times the interpreter entered such a block since it was made
    u64 compiled = 0;      // blocks that have native code
    std::array<u64, kCodeLevels> at_level{};
};

// The level of the best code that a block is in.
template <class G>
unsigned level_of(const interp::Block<G>& block) {
    const unsigned own = block.native == nullptr ? 0 : block.native->level;
    return std::max<unsigned>(own, block.region_level);
}

// Is told of blocks that go.
template <class G>
class DropListener {
  public:
    virtual ~DropListener() = default;
    // A block that regions have (Block::regions) is about to go.
    virtual void on_drop(interp::Block<G>& block) noexcept = 0;
};

template <class G>
class CodeCache {
  public:
    using Block = interp::Block<G>;
    using BlockPtr = interp::BlockPtr<G>;

    explicit CodeCache(Memory& memory) : memory_(memory) {}
    // `listener` (nullptr: none) is told of native code that goes with its block.
    void set_listener(CodeListener* listener) { listener_ = listener; }
    void set_drop_listener(DropListener<G>* listener) { drop_listener_ = listener; }

    // The block that starts at `physical`, or nullptr. One that reaches over the page's end is
    // found with the address where its second part lies.
    Block* look_up(u64 physical, u64 mode, u64 physical2 = Block::kOnePage) {
        return blocks_.find({physical, mode, physical2});
    }

    // Where blocks that are to be taken in are built: their memory is given back as a whole.
    std::pmr::memory_resource* memory() { return &arena_; }

    // Takes a block in, which was built there, and guards the granules of its code.
    Block* insert(BlockPtr block) {
        Block* raw = block.release();
        for_each_page(*raw, [&](u64 first, u64 size) {
            std::vector<Block*>& blocks = by_page_[first >> kPageBits];
            // A page may follow itself in the guest's virtual memory.
            if (blocks.empty() || blocks.back() != raw) blocks.push_back(raw);
            memory_.set_granules(first, size, kGranuleCode);
        });
        bytes_ += cost(*raw);
        ++decoded_;
        blocks_.insert(*raw);
        return raw;
    }

    // Drops the blocks whose bytes overlap [address, address + size). Returns whether there were
    // any.
    bool invalidate(u64 address, u64 size) {
        const u64 dropped = invalidated_;
        for (u64 page = address >> kPageBits; page <= (address + size - 1) >> kPageBits; ++page) {
            const auto found = by_page_.find(page);
            if (found == by_page_.end()) continue;
            for (Block* block : found->second) {
                if (block->stale || !overlaps(*block, address, size)) continue;
                drop(*block);
                for_each_page(*block, [&](u64 first, u64) {
                    if (first >> kPageBits != page) tidy(first >> kPageBits);
                });
            }
            if (invalidated_ != dropped) tidy(page);
        }
        return invalidated_ != dropped;
    }

    // Drops the blocks with a byte at this place in a page, whichever page it is.
    void invalidate_offset(u64 offset) {
        // No page comes or goes meanwhile.
        for (const auto& [page, blocks] : by_page_) invalidate((page << kPageBits) + offset, 1);
    }

    // Calls f for each block that begins in [address, address + size), which is not empty. Looks at
    // pages with code only, however large the range is.
    template <class F>
    void for_each_block(u64 address, u64 size, F f) const {
        const u64 first = address >> kPageBits;
        const u64 last = (address + size - 1) >> kPageBits;
        const auto visit = [&](const auto& entry) {
            for (Block* block : entry.second) {
                // One that straddles is counted on its first page.
                const bool begins_here = block->physical >> kPageBits == entry.first;
                if (!begins_here || block->physical - address >= size) continue;
                f(*block);
            }
        };
        if (last - first < by_page_.size()) {
            for (u64 page = first; page <= last; ++page) {
                const auto found = by_page_.find(page);
                if (found != by_page_.end()) visit(*found);
            }
        } else {
            std::for_each(by_page_.begin(), by_page_.end(), visit);
        }
    }

    BlockCounts counts(u64 address, u64 size) const noexcept {
        BlockCounts sum;
        for_each_block(address, size, [&](const Block& block) {
            ++sum.blocks;
            sum.instructions += block.count;
            sum.entries += block.entries();
            sum.compiled += block.native != nullptr;
            ++sum.at_level[level_of(block)];
        });
        return sum;
    }

    // Frees everything. The caller makes sure that no link, jump cache, native or running code
    // refers to a block.
    void clear() {
        for (const auto& [page, blocks] : by_page_)
            memory_.clear_granules(page << kPageBits, kPageSize, kGranuleCode);
        blocks_.clear();
        by_page_.clear();
        arena_.release();
        bytes_ = 0;
    }

    // Bytes held, stale blocks included.
    u64 bytes() const { return bytes_; }
    u64 decoded() const { return decoded_; }
    u64 invalidated() const { return invalidated_; }
    // Of them those that had native code.
    u64 native_invalidated() const { return native_invalidated_; }

  private:
    static u64 cost(const Block& block) {
        return sizeof(Block) + block.ops * sizeof(interp::Op<G>) + block.count * sizeof(u16) + 64;
    }

    // Calls f(first, size) for the block's part on each page.
    template <class F>
    static void for_each_page(const Block& block, F f) {
        if (!block.straddles()) {
            f(block.physical, u64{block.bytes});
            return;
        }
        const u64 first = kPageSize - (block.physical & (kPageSize - 1));
        f(block.physical, first);
        f(block.physical2, block.bytes - first);
    }
    static bool overlaps(const Block& block, u64 address, u64 size) {
        bool hit = false;
        for_each_page(block, [&](u64 first, u64 length) {
            hit |= first < address + size && address < first + length;
        });
        return hit;
    }

    void drop(Block& block) {
        if (block.regions != 0) drop_listener_->on_drop(block);
        block.stale = true;
        block.code()->handler = &interp::run_stale<G>;
        while (block.incoming != nullptr) interp::unlink(*block.incoming);
        if (block.native != nullptr) {
            if (listener_ != nullptr) listener_->on_gone(block.native->begin());
            native::retire(*std::exchange(block.native, nullptr));
            ++native_invalidated_;
        }
        ++invalidated_;
    }

    // Takes the dropped blocks off a page, and the guard off the granules that no other has.
    void tidy(u64 page) {
        static_assert(kPageSize >> kGranuleBits == 64);
        std::vector<Block*>& blocks = by_page_.find(page)->second;
        std::erase_if(blocks, [](const Block* block) { return block->stale; });
        u64 used = 0;  // a bit for each granule
        for (const Block* block : blocks)
            for_each_page(*block, [&](u64 first, u64 size) {
                if (first >> kPageBits != page) return;
                const u64 last = first + size - 1;
                for (u64 g = first >> kGranuleBits; g <= last >> kGranuleBits; ++g)
                    used |= u64{1} << (g & 63);
            });
        for (u64 g = 0; g < 64; ++g)
            if ((used >> g & 1) == 0)
                memory_.clear_granules((page << kPageBits) + (g << kGranuleBits), 1, kGranuleCode);
    }

    Memory& memory_;
    CodeListener* listener_ = nullptr;
    DropListener<G>* drop_listener_ = nullptr;
    std::pmr::monotonic_buffer_resource arena_{1 << 20};
    BlockTable<G> blocks_;
    std::unordered_map<u64, std::vector<Block*>> by_page_;
    u64 bytes_ = 0;
    u64 decoded_ = 0;
    u64 invalidated_ = 0;
    u64 native_invalidated_ = 0;
};

}  // namespace kiln
