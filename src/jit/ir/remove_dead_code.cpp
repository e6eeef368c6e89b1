#include "jit/ir/keep_if.h"
#include "jit/ir/passes.h"

namespace kiln::ir {

// Floating-point operations stay though nobody uses their value: they raise flags.
void remove_dead_code(Block& block) {
    thread_local std::vector<u8> used;
    used.assign(block.insts.size(), 0);
    for_each_value(block.terminal, [&](ValueId id) { used[id] = 1; });
    for (const LiveState& live : block.live) used[live.value] = 1;
    for (size_t i = block.insts.size(); i-- > 0;) {
        const Inst& inst = block.insts[i];
        const Effect effect = info_of(inst.opcode).effect;
        if (effect != Effect::kPure && effect != Effect::kReads) used[i] = 1;
        if (used[i] == 0) continue;
        for (u8 n = 0; n < inst.arity(); ++n) used[inst.operands[n]] = 1;
    }
    keep_if(block, [&](ValueId id) { return used[id] != 0; });
}

}  // namespace kiln::ir
