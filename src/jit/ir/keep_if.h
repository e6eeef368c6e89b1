// Leaves instructions out of a block.
#pragma once

#include <vector>

#include "jit/ir/block.h"

namespace kiln::ir {

// Keeps those for which keep(index) holds, and renames. Nothing that is kept names one that goes.
template <class Keep>
void keep_if(Block& block, Keep keep) {
    thread_local std::vector<ValueId> new_ids;
    new_ids.resize(block.insts.size());
    ValueId kept = 0;
    for (ValueId i = 0; i < new_ids.size(); ++i) {
        if (!keep(i)) continue;
        Inst inst = block.insts[i];
        for (u8 n = 0; n < inst.arity(); ++n) inst.operands[n] = new_ids[inst.operands[n]];
        block.insts[kept] = inst;
        new_ids[i] = kept++;
    }
    block.insts.resize(kept);
    for (LiveState& live : block.live) live.value = new_ids[live.value];
    for_each_value(block.terminal, [&](ValueId& id) { id = new_ids[id]; });
}

}  // namespace kiln::ir
