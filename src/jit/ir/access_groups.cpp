#include "jit/ir/access_groups.h"

#include <algorithm>

namespace kiln::ir {
namespace {

// From a group's lowest access to its highest, at most.
constexpr i64 kSpan = 2048;
// What one guard byte answers for: see Memory::granule.
constexpr i64 kGuarded = 64;

}  // namespace

AccessGroups::AccessGroups(const Block& block, std::pmr::memory_resource& memory)
    : members_(block.insts.size(), &memory) {
    std::pmr::vector<u32> leaders(&memory);
    std::pmr::vector<std::pmr::vector<u32>> stores(&memory);  // by leader
    const auto add_store = [&](size_t group, u32 i) {
        if (block.insts[i].opcode == Opcode::store) stores[group].push_back(i);
    };
    for (u32 i = 0; i < block.insts.size(); ++i) {
        const Inst& inst = block.insts[i];
        // A helper may move the window.
        if (inst.opcode == Opcode::call) std::ranges::fill(leaders, kNoValue);
        if (inst.opcode != Opcode::load && inst.opcode != Opcode::store) continue;
        const auto offset = static_cast<i32>(inst.imm);
        const auto takes = [&](u32 leader) {
            if (leader == kNoValue) return false;
            const Member& group = members_[leader];
            return block.insts[leader].operands[0] == inst.operands[0] &&
                   i64{std::max(group.highest, offset)} - std::min(group.lowest, offset) <= kSpan;
        };
        const auto found = std::ranges::find_if(leaders, takes);
        if (found == leaders.end()) {
            members_[i] = {Role::kAlone, offset, offset, {}};
            leaders.push_back(i);
            stores.emplace_back();
            add_store(leaders.size() - 1, i);
            continue;
        }
        Member& group = members_[*found];
        group = {Role::kLeads, std::min(group.lowest, offset), std::max(group.highest, offset), {}};
        members_[i].role = Role::kFollows;
        add_store(static_cast<size_t>(found - leaders.begin()), i);
    }
    for (std::pmr::vector<u32>& group : stores) share_guards(block, group);
}

// From the lowest on, those that one guard byte answers for have the first of them ask.
void AccessGroups::share_guards(const Block& block, std::span<u32> stores) {
    const auto offset = [&](u32 store) { return static_cast<i32>(block.insts[store].imm); };
    const auto end = [&](u32 store) {
        return i64{offset(store)} + bytes_of(block.insts[block.insts[store].operands[1]].type);
    };
    std::ranges::sort(stores, {}, offset);
    for (size_t first = 0; first < stores.size();) {
        const i32 lowest = offset(stores[first]);
        u32 asks = stores[first];
        size_t next = first;
        for (; next < stores.size() && end(stores[next]) <= lowest + kGuarded; ++next)
            asks = std::min(asks, stores[next]);
        members_[asks].guard = lowest;
        first = next;
    }
}

}  // namespace kiln::ir
