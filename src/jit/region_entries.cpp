#include "jit/region_entries.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace kiln {
namespace {

using ir::RegionIndex;

// Calls f(head, latch) for each way back inside a function, which is how compilers write loops.
template <class F>
void for_each_loop(const ir::Region& region, F f) {
    for (RegionIndex i = 0; i < region.blocks.size(); ++i) {
        const ir::RegionBlock& from = region.blocks[i];
        if (calls(from.block.terminal)) continue;
        for (const RegionIndex to : {from.next, from.not_taken})
            if (to != ir::kOutside && region.blocks[to].offset <= from.offset) f(to, i);
    }
}

class EntryFinder {
  public:
    explicit EntryFinder(const ir::Region& region)
        : region_(region), state_(region.blocks.size(), State::kNew), entry_(state_.size()) {
        for (RegionIndex i = 0; i < size(); ++i)
            if (region.blocks[i].returned_to) returned_to_.push_back(i);
    }

    std::vector<RegionIndex> find() {
        add(0);
        add_returns_from_outside();
        add_called_functions();
        for_each_loop(region_, [this](RegionIndex head, RegionIndex) { add(head); });
        // What is added while this runs was reached before.
        for (size_t i = 0; i < entries_.size(); ++i) walk(entries_[i]);
        for (RegionIndex i = 0; i < size(); ++i) {
            if (state_[i] != State::kNew) continue;
            add(i);
            walk(i);
        }
        return std::move(entries_);
    }

  private:
    enum class State : u8 { kNew, kOpen, kDone };

    RegionIndex size() const { return static_cast<RegionIndex>(region_.blocks.size()); }

    void add(RegionIndex index) {
        if (entry_[index]) return;
        entry_[index] = true;
        entries_.push_back(index);
    }

    // The block behind a call, if the region has it.
    RegionIndex behind(const ir::RegionBlock& call) const {
        const i64 end = call.offset + call.block.end;
        const auto at = std::ranges::find(returned_to_, end,
                                          [&](RegionIndex i) { return region_.blocks[i].offset; });
        return at == returned_to_.end() ? ir::kOutside : *at;
    }

    void add_returns_from_outside() {
        for (const ir::RegionBlock& block : region_.blocks)
            if (calls(block.block.terminal) && block.next == ir::kOutside)
                if (const RegionIndex back = behind(block); back != ir::kOutside) add(back);
    }

    // A function that ran much more often than the region's calls of it has other callers.
    void add_called_functions() {
        std::vector<u64> called(size(), 0);
        for (const ir::RegionBlock& block : region_.blocks)
            if (calls(block.block.terminal) && block.next != ir::kOutside)
                called[block.next] += block.weight;
        for (RegionIndex i = 0; i < size(); ++i)
            if (called[i] != 0 && region_.blocks[i].weight > 2 * called[i]) add(i);
    }

    std::vector<RegionIndex> successors(RegionIndex index) const {
        std::vector<RegionIndex> to;
        ir::for_each_successor(region_, index, [&](RegionIndex next) { to.push_back(next); });
        return to;
    }

    // Depth first; what leads back to a block under way closes a cycle there. Cycles through
    // entries have one already.
    void walk(RegionIndex root) {
        if (state_[root] != State::kNew) return;
        struct Step {
            RegionIndex index;
            std::vector<RegionIndex> to;
            size_t next;
        };
        std::vector<Step> path;
        const auto open = [&](RegionIndex index) {
            state_[index] = State::kOpen;
            path.push_back({index, successors(index), 0});
        };
        open(root);
        while (!path.empty()) {
            Step& step = path.back();
            if (step.next == step.to.size()) {
                state_[step.index] = State::kDone;
                path.pop_back();
                continue;
            }
            const RegionIndex to = step.to[step.next++];
            if (entry_[to]) continue;
            if (state_[to] == State::kOpen) add(to);
            if (state_[to] == State::kNew) open(to);
        }
    }

    const ir::Region& region_;
    std::vector<State> state_;
    std::vector<bool> entry_;
    std::vector<RegionIndex> returned_to_;
    std::vector<RegionIndex> entries_;
};

}  // namespace

bool calls(const ir::Terminal& terminal) {
    if (const auto* jump = std::get_if<ir::Jump>(&terminal)) return calls(jump->hint);
    const auto* jump = std::get_if<ir::IndirectJump>(&terminal);
    return jump != nullptr && calls(jump->hint);
}

RegionIndex loop_around_seed(const ir::Region& region) {
    const auto offset = [&](RegionIndex i) { return region.blocks[i].offset; };
    RegionIndex innermost = ir::kOutside;
    for_each_loop(region, [&](RegionIndex head, RegionIndex latch) {
        const bool around = offset(head) <= offset(0) && offset(0) <= offset(latch);
        if (!around) return;
        if (innermost == ir::kOutside || offset(head) > offset(innermost)) innermost = head;
    });
    return innermost == ir::kOutside ? 0 : innermost;
}

std::vector<RegionIndex> find_entries(const ir::Region& region) {
    return EntryFinder(region).find();
}

void join(ir::Region& region) {
    std::unordered_map<i64, RegionIndex> by_offset;
    for (RegionIndex i = 0; i < region.blocks.size(); ++i) by_offset[region.blocks[i].offset] = i;
    const auto index_at = [&](i64 offset) {
        const auto found = by_offset.find(offset);
        return found == by_offset.end() ? ir::kOutside : found->second;
    };
    for (ir::RegionBlock& block : region.blocks) {
        if (const auto* jump = std::get_if<ir::Jump>(&block.block.terminal))
            block.next = index_at(block.offset + jump->offset);
        if (const auto* branch = std::get_if<ir::Branch>(&block.block.terminal)) {
            block.next = index_at(block.offset + branch->taken);
            block.not_taken = index_at(block.offset + branch->not_taken);
        }
        if (!calls(block.block.terminal)) continue;
        const RegionIndex back = index_at(block.offset + block.block.end);
        if (back != ir::kOutside) region.blocks[back].returned_to = true;
    }
    region.entries = find_entries(region);
}

}  // namespace kiln
