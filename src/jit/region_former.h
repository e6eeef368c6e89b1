// Which blocks are compiled together with a hot one.
//
// From the seed on the hottest block comes first that those in the region lead to: by direct jumps,
// branches, calls, to where calls return, and to where computed jumps were seen to lead. Only
// blocks that the interpreter has and that ran are taken, so that what is rare stays outside. Where
// other pages lie is taken from the hart's present mapping: it need not stay, since code asks at
// each way from page to page.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "jit/branch_share.h"
#include "jit/ir/region.h"
#include "jit/region_entries.h"
#include "jit/translate_block.h"

namespace kiln {

// How much is compiled together.
struct RegionLimits {
    unsigned instructions = 1000;  // by their cost: see cost_of
    unsigned blocks = 100;
};

// What it takes to compile a block, in instructions: each way out writes guest state, and calls of
// helpers read it again, too.
inline u64 cost_of(const ir::Block& block) {
    constexpr u64 kWaysOut = 6;
    constexpr u64 kCall = 32;
    const auto calls = std::ranges::count(block.insts, ir::Opcode::call, &ir::Inst::opcode);
    return block.count + kWaysOut + kCall * static_cast<u64>(calls);
}

// A region that is to be compiled.
template <class G>
struct FormedRegion {
    ir::Region region;
    std::vector<interp::Block<G>*> blocks;  // of the interpreter, in the region's order
    u64 base;                               // virtual page of the seed
    u64 cost = 0;                           // of its blocks
};

// IR of blocks, for forming more than one region of them while nothing runs.
template <class G>
using Translations = std::unordered_map<const interp::Block<G>*, ir::Block>;

template <Guest G>
class RegionFormer {
  public:
    using Hart = typename G::Hart;
    using Block = interp::Block<G>;

    struct Surroundings {
        // The physical page behind a virtual one; nothing where it is not known.
        std::function<std::optional<u64>(u64 page)> physical_page;
        // Whether a block, in a page like this, may be in a region.
        std::function<bool(const Block&)> usable;
    };

    RegionFormer(const Memory& memory, CodeCache<G>& cache, const Hart& hart,
                 Surroundings surroundings, RegionLimits limits, Translations<G>& translations)
        : memory_(memory),
          cache_(cache),
          hart_(hart),
          surroundings_(std::move(surroundings)),
          limits_(limits),
          translations_(translations) {}

    // The region around `seed`, which lies at `pc` and has the hart's mode. Nothing where the seed
    // cannot be in one.
    std::optional<FormedRegion<G>> form(Block& seed, u64 pc) {
        base_ = pc & kPageMask;
        seed_page_ = seed.physical & kPageMask;
        mode_ = seed.mode;
        consider(seed, static_cast<i64>(pc - base_));
        while (!found_.empty() && formed_.blocks.size() < limits_.blocks) take(hottest());
        if (formed_.blocks.empty() || formed_.blocks.front() != &seed) return std::nullopt;
        for (ir::RegionBlock& block : formed_.region.blocks)
            block.jumped_to = jumped_to_.contains(block.offset);
        join(formed_.region);
        formed_.base = base_;
        return std::move(formed_);
    }

    // Whether blocks with such IR may be in a region: they end where it goes on, or is left with
    // all state written. (A helper that is called in their middle may have their code dropped: it
    // asks the run to end then, and the region's memory is kept till that happened.)
    static bool fits(const ir::Block& block) {
        return !std::holds_alternative<ir::HelperExit>(block.terminal) &&
               !std::holds_alternative<ir::Trap>(block.terminal);
    }

  private:
    struct Found {
        Block* block;
        i64 offset;  // from the base
        u64 order;
    };

    static u64 weight(const Block& block) { return std::max<u64>(block.entries(), 1); }

    // A block that the region leads to.
    void consider(Block& block, i64 offset) {
        if (!seen_blocks_.insert(&block).second) return;
        found_.push_back({&block, offset, found_.size()});
    }

    void consider_target(i64 offset) {
        if (!seen_.insert(offset).second) return;
        Block* block = look_up(offset);
        if (block != nullptr && wanted(*block)) consider(*block, offset);
    }

    // Where the block's computed jump led when it was interpreted. (Returns are told by calls.)
    void consider_jumps(const Block& block, const ir::Terminal& terminal, i64 offset) {
        const auto* jump = std::get_if<ir::IndirectJump>(&terminal);
        if (jump == nullptr || returns(jump->hint)) return;
        for (const i32 to : block.jumped_to) {
            if (to == 0) return;
            jumped_to_.insert(offset + to);
            consider_target(offset + to);
        }
    }

    bool wanted(const Block& block) const {
        const bool ran = block.entries() != 0 || block.native != nullptr;
        return ran && !block.refused && !block.checked && surroundings_.usable(block);
    }

    Block* look_up(i64 offset) {
        const u64 full = base_ + static_cast<u64>(offset);
        const u64 address = static_cast<typename G::Address>(full);
        // Addresses that wrapped have no place in the region.
        if (address != full) return nullptr;
        const u64 page = address & kPageMask;
        std::optional<u64> physical = seed_page_;
        if (page != base_) physical = surroundings_.physical_page(page);
        return physical ? cache_.look_up(*physical | (address & ~kPageMask), mode_) : nullptr;
    }

    Found hottest() {
        const auto hotter = [](const Found& a, const Found& b) {
            const u64 heat_a = weight(*a.block), heat_b = weight(*b.block);
            return heat_a != heat_b ? heat_a < heat_b : a.order > b.order;
        };
        const auto at = std::max_element(found_.begin(), found_.end(), hotter);
        const Found found = *at;
        found_.erase(at);
        return found;
    }

    const ir::Block& translation(const Block& block) {
        const auto [at, missing] = translations_.try_emplace(&block);
        if (missing) at->second = translate_block<G>(memory_, hart_, block);
        return at->second;
    }

    // A block becomes part of the region, if it fits.
    void take(const Found& found) {
        Block& block = *found.block;
        const bool seed = formed_.blocks.empty();
        const auto fills = [&](u64 cost) {
            return !seed && formed_.cost + cost > limits_.instructions;
        };
        // It costs as much as it has instructions, at least.
        if (fills(block.count)) return;
        const ir::Block& ir = translation(block);
        const u64 cost = cost_of(ir);
        if (fills(cost)) return;
        if (!fits(ir)) {
            if (seed) found_.clear();
            return;
        }
        if (block.native == nullptr && block.region_level == 0)
            note_share(cache_, block, ir.terminal);
        formed_.cost += cost;
        formed_.blocks.push_back(&block);
        ir::for_each_target(ir.terminal, [&](i64 to) { consider_target(found.offset + to); });
        consider_jumps(block, ir.terminal, found.offset);
        if (calls(ir.terminal)) consider_target(found.offset + ir.end);
        formed_.region.blocks.push_back(
            {.block = ir, .offset = found.offset, .weight = weight(block), .taken = block.taken});
    }

    const Memory& memory_;
    CodeCache<G>& cache_;
    const Hart& hart_;
    const Surroundings surroundings_;
    const RegionLimits limits_;
    Translations<G>& translations_;
    u64 base_ = 0;
    u64 seed_page_ = 0;  // physical
    u64 mode_ = 0;
    std::vector<Found> found_;
    std::unordered_set<i64> seen_;
    std::unordered_set<i64> jumped_to_;
    std::unordered_set<const Block*> seen_blocks_;
    FormedRegion<G> formed_;
};

}  // namespace kiln
