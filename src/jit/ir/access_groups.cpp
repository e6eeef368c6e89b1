#include "jit/ir/access_groups.h"

#include <algorithm>

namespace kiln::ir {
AccessGroups::AccessGroups(const Block& block, const Grouping& grouping,
                           std::pmr::memory_resource& memory)
    : members_(block.insts.size(), &memory) {
    std::pmr::vector<u32> leaders(&memory);
    for (u32 i = 0; i < block.insts.size(); ++i) {
        const Inst& inst = block.insts[i];
        // A helper may move the window, or change what the TLB knows.
        if (inst.opcode == Opcode::call) leaders.clear();
        if (inst.opcode != Opcode::load && inst.opcode != Opcode::store) continue;
        const auto offset = static_cast<i32>(inst.imm);
        const auto takes = [&](u32 leader) {
            const Member& group = members_[leader];
            const Inst& first = block.insts[leader];
            return first.operands[0] == inst.operands[0] &&
                   (first.opcode == inst.opcode || !grouping.by_kind) &&
                   i64{std::max(group.highest, offset)} - std::min(group.lowest, offset) <=
                       grouping.span;
        };
        const auto found = std::ranges::find_if(leaders, takes);
        if (found == leaders.end()) {
            members_[i] = {Role::kAlone, offset, offset, i};
            leaders.push_back(i);
            continue;
        }
        Member& group = members_[*found];
        group = {Role::kLeads, std::min(group.lowest, offset), std::max(group.highest, offset),
                 *found};
        members_[i].role = Role::kFollows;
        members_[i].leader = *found;
    }
}

}  // namespace kiln::ir
