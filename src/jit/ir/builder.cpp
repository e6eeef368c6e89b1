#include "jit/ir/builder.h"

#include <algorithm>

namespace kiln::ir {

u32 Block::helper_index(const Helper& helper) {
    const auto found = std::ranges::find(helpers, &helper);
    if (found == helpers.end()) {
        helpers.push_back(&helper);
        return static_cast<u32>(helpers.size() - 1);
    }
    return static_cast<u32>(found - helpers.begin());
}

void Builder::begin_insn(u32 pc, u32 length) {
    assert(!ended_);
    block_.points.push_back({pc, block_.count});
    block_.end = pc + length;
    block_.count += length != 0;
}

Block Builder::finish() {
    if (!ended_) block_.terminal = Jump{block_.end};
    return std::move(block_);
}

ValueId Builder::add_inst(Opcode opcode, Type type, Ids operands, u64 imm) {
    assert(!ended_);
    const auto point = static_cast<u16>(block_.points.size() - 1);
    block_.insts.push_back({.opcode = opcode,
                            .type = type,
                            .point = point,
                            .operands = {operands.a, operands.b, operands.c, kNoValue},
                            .imm = imm});
    return static_cast<ValueId>(block_.insts.size() - 1);
}

void Builder::end_with(Terminal terminal) {
    assert(!ended_);
    block_.terminal = terminal;
    ended_ = true;
}

}  // namespace kiln::ir
