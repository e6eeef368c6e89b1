#include "jit/llvm_backend/polls.h"

#include <algorithm>

namespace kiln::llvm_backend {
namespace {

using ir::RegionIndex;

// Walks the region depth first, and notes where it comes back to a block that is under way.
class Walk {
  public:
    explicit Walk(const ir::Region& region)
        : region_(region), asks_(region.blocks.size()), state_(region.blocks.size()) {
        for (const RegionIndex entry : region.entries) asks_[entry] = true;
        for (const RegionIndex entry : region.entries) visit(entry);
    }

    // With no cycle left but through blocks that ask, `order_` has each block behind those that it
    // leads to.
    Polls polls() && {
        std::vector<u64> lengths(region_.blocks.size());
        for (const RegionIndex index : order_) {
            u64 behind = 0;
            for_each_successor(region_, index, [&](RegionIndex next) {
                if (!asks_[next]) behind = std::max(behind, lengths[next]);
            });
            lengths[index] = region_.blocks[index].block.count + behind;
        }
        return {std::move(asks_), std::move(lengths)};
    }

  private:
    enum class State : u8 { kNew, kUnderWay, kDone };

    // (A region has few blocks: the recursion is bounded.)
    void visit(RegionIndex index) {
        if (state_[index] == State::kUnderWay) asks_[index] = true;
        if (state_[index] != State::kNew) return;
        state_[index] = State::kUnderWay;
        for_each_successor(region_, index, [&](RegionIndex next) { visit(next); });
        state_[index] = State::kDone;
        order_.push_back(index);
    }

    const ir::Region& region_;
    std::vector<bool> asks_;
    std::vector<State> state_;
    std::vector<RegionIndex> order_;
};

}  // namespace

Polls find_polls(const ir::Region& region) { return Walk(region).polls(); }

}  // namespace kiln::llvm_backend
