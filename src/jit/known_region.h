// Regions as the profile of kept code knows them: what it is told of a region, and how one of
// earlier runs becomes a region of this run.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "jit/block_code.h"
#include "jit/kept/warm_start.h"
#include "jit/region_former.h"

namespace kiln {

// The block of the interpreter at a physical address in RAM, decoded where it was not; nullptr:
// there is none that lies in one page.
template <Guest G>
using MakeBlock = std::function<interp::Block<G>*(typename G::Hart& hart, u64 physical, u64 mode)>;

// How a later run finds the region again. Its heat is nothing yet.
template <Guest G>
kept::ProfileRegion profile_of(const Memory& memory, const FormedRegion<G>& formed) {
    const interp::Block<G>& seed = *formed.blocks.front();
    kept::ProfileRegion profile{
        .physical = seed.physical, .mode = seed.mode, .heat = 0, .blocks = {}};
    for (size_t i = 0; i < formed.blocks.size(); ++i) {
        const ir::RegionBlock& block = formed.region.blocks[i];
        const BlockCode<G> code(memory, *formed.blocks[i]);
        profile.blocks.push_back({.offset = block.offset - formed.region.blocks.front().offset,
                                  .bytes = formed.blocks[i]->bytes,
                                  .hash = kept::hash_code(code.bytes()),
                                  .weight = block.weight,
                                  .taken = block.taken,
                                  .jumped_to = block.jumped_to});
    }
    return profile;
}

// Recalls regions of one seed.
template <Guest G>
class RegionRecaller {
  public:
    using Hart = typename G::Hart;
    using Block = interp::Block<G>;

    RegionRecaller(const Memory& memory, Hart& hart, const MakeBlock<G>& make_block,
                   const typename RegionFormer<G>::Surroundings& surroundings, RegionLimits limits)
        : memory_(memory),
          hart_(hart),
          make_block_(make_block),
          surroundings_(surroundings),
          limits_(limits) {}

    // The blocks of a region whose seed lies at `pc` and has the hart's mode, if they all are where
    // they were from there, under the present mapping, and consist of the same bytes. Their IR, and
    // where they lead to, are still to be filled in.
    std::optional<FormedRegion<G>> recall(const kept::ProfileRegion& known, const Block& seed,
                                          u64 pc) const {
        FormedRegion<G> formed{.region = {}, .blocks = {}, .base = pc & kPageMask};
        if (known.blocks.size() > limits_.blocks) return std::nullopt;
        std::vector<u64> places;
        for (const kept::ProfileBlock& block : known.blocks) {
            const auto physical = find(block, seed, pc);
            if (!physical) return std::nullopt;
            places.push_back(*physical);
        }
        u64 instructions = 0;
        std::unordered_set<const Block*> seen;
        for (size_t i = 0; i < places.size(); ++i) {
            const kept::ProfileBlock& at = known.blocks[i];
            Block* const block = make_block_(hart_, places[i], seed.mode);
            const bool usable = block != nullptr && block->bytes == at.bytes && !block->refused &&
                                !block->checked && surroundings_.usable(*block);
            if (!usable || !seen.insert(block).second) return std::nullopt;
            instructions += block->count;
            formed.blocks.push_back(block);
            formed.region.blocks.push_back(
                {.block = {},
                 .offset = static_cast<i64>(pc - formed.base) + at.offset,
                 .weight = at.weight,
                 .taken = at.taken,
                 .jumped_to = at.jumped_to});
        }
        if (instructions > limits_.instructions) return std::nullopt;
        note_jumps(formed);
        return formed;
    }

  private:
    // What the interpreter would have noted of the blocks, which it may never run: other regions
    // that have them become what they were.
    static void note_jumps(const FormedRegion<G>& formed) {
        for (size_t from = 0; from < formed.blocks.size(); ++from)
            for (const ir::RegionBlock& to : formed.region.blocks)
                if (to.jumped_to)
                    formed.blocks[from]->note_jump(
                        static_cast<u64>(formed.region.blocks[from].offset),
                        static_cast<u64>(to.offset));
    }

    // Where a block's bytes are now.
    std::optional<u64> find(const kept::ProfileBlock& block, const Block& seed, u64 pc) const {
        const u64 full = pc + static_cast<u64>(block.offset);
        const u64 address = static_cast<typename G::Address>(full);
        if (address != full || address % G::kInsnAlignment != 0) return std::nullopt;
        const u64 page = address & kPageMask;
        std::optional<u64> physical = seed.physical & kPageMask;
        if (page != (pc & kPageMask)) physical = surroundings_.physical_page(page);
        if (!physical || !memory_.in_ram(*physical, kPageSize)) return std::nullopt;
        const u64 in_page = address & ~kPageMask;
        const std::span<const std::byte> code{memory_.host(*physical | in_page),
                                              kPageSize - in_page};
        if (!kept::is_code_of(block, code)) return std::nullopt;
        return *physical | in_page;
    }

    const Memory& memory_;
    Hart& hart_;
    const MakeBlock<G>& make_block_;
    const typename RegionFormer<G>::Surroundings surroundings_;
    const RegionLimits limits_;
};

// Fills in what a recalled region lacks, from the blocks' bytes as they are now: by any thread, at
// any time while the hart lives. False where a block cannot be in a region.
template <Guest G>
std::function<bool(ir::Region&)> translation_of(const Memory& memory, const typename G::Hart& hart,
                                                const FormedRegion<G>& formed) {
    std::vector<std::vector<std::byte>> codes;
    for (const interp::Block<G>* block : formed.blocks) {
        const BlockCode<G> code(memory, *block);
        codes.emplace_back(code.bytes().begin(), code.bytes().end());
    }
    return
        [&hart, codes = std::move(codes), mode = formed.blocks.front()->mode](ir::Region& region) {
            for (size_t i = 0; i < codes.size(); ++i) {
                region.blocks[i].block = translate_code<G>(hart, codes[i], mode);
                if (!RegionFormer<G>::fits(region.blocks[i].block)) return false;
            }
            join(region);
            return true;
        };
}

}  // namespace kiln
