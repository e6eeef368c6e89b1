#include "jit/ir/passes.h"
#include "jit/ir/rewriter.h"

namespace kiln::ir {

// Floating-point operations stay though nobody uses their value: they raise flags.
void remove_dead_code(Block& block) {
    std::vector<bool> used(block.insts.size(), false);
    for_each_value(block.terminal, [&](ValueId id) { used[id] = true; });
    for (const LiveState& live : block.live) used[live.value] = true;
    for (size_t i = block.insts.size(); i-- > 0;) {
        const Inst& inst = block.insts[i];
        const Effect effect = info_of(inst.opcode).effect;
        if (effect != Effect::kPure && effect != Effect::kReads) used[i] = true;
        if (!used[i]) continue;
        for (u8 n = 0; n < inst.arity(); ++n) used[inst.operands[n]] = true;
    }
    Rewriter rewriter(block);
    size_t at = 0;
    rewriter.run([&](const Inst& inst) { return used[at++] ? rewriter.emit(inst) : kNoValue; });
}

}  // namespace kiln::ir
