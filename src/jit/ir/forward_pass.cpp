#include "jit/ir/forward_pass.h"

#include <utility>

namespace kiln::ir {

Rewriter::Rewriter(std::vector<std::unique_ptr<ForwardPass>> passes) : passes_(std::move(passes)) {
    for (unsigned place = 0; place < passes_.size(); ++place) {
        passes_[place]->rewriter_ = this;
        passes_[place]->place_ = place;
        for (size_t i = 0; i < kOpcodeCount; ++i)
            if (passes_[place]->wanted()[static_cast<Opcode>(i)]) wanted_by_[i] |= u32{1} << place;
    }
}

void Rewriter::run(Block& block) {
    insts_.clear();
    new_ids_.resize(block.insts.size());
    for (const auto& pass : passes_) pass->begin();
    for (size_t i = 0; i < new_ids_.size(); ++i) {
        Inst inst = block.insts[i];
        point_ = inst.point;
        for (u8 n = 0; n < inst.arity(); ++n) inst.operands[n] = new_ids_[inst.operands[n]];
        new_ids_[i] = hand_on(0, inst);
    }
    for (LiveState& live : block.live) live.value = new_ids_[live.value];
    for_each_value(block.terminal, [&](ValueId& id) { id = new_ids_[id]; });
    std::swap(block.insts, insts_);
    for (const auto& pass : passes_) pass->finish(block);
}

}  // namespace kiln::ir
