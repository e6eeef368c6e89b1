#include "jit/llvm_backend/store_guards.h"

#include <algorithm>
#include <tuple>

#include "cpu/memory.h"

namespace kiln::llvm_backend {

namespace {

struct Store {
    u32 leader;
    i32 offset;
    u32 index;
    i64 end;
};

}  // namespace

std::vector<std::optional<i32>> find_store_guards(const ir::Block& block,
                                                  const ir::AccessGroups& groups) {
    std::vector<Store> stores;
    for (u32 i = 0; i < block.insts.size(); ++i) {
        const ir::Inst& inst = block.insts[i];
        if (inst.opcode != ir::Opcode::store) continue;
        const auto offset = static_cast<i32>(inst.imm);
        const unsigned bytes = ir::bytes_of(block.insts[inst.operands[1]].type);
        stores.push_back({groups[i].leader, offset, i, i64{offset} + bytes});
    }
    std::ranges::sort(stores, {}, [](const Store& store) {
        return std::tuple(store.leader, store.offset, store.index);
    });
    // From a group's lowest on, as many as one guard byte answers for: see Memory::granule.
    std::vector<std::optional<i32>> guards(block.insts.size());
    for (auto first = stores.begin(); first != stores.end();) {
        const i64 answered = first->offset + static_cast<i64>(kGranuleSize);
        const auto next = std::find_if(first, stores.end(), [&](const Store& store) {
            return store.leader != first->leader || store.end > answered;
        });
        const auto asks = std::min_element(
            first, next, [](const Store& a, const Store& b) { return a.index < b.index; });
        guards[asks->index] = first->offset;
        first = next;
    }
    return guards;
}

}  // namespace kiln::llvm_backend
