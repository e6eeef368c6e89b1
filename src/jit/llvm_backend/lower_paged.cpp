// Loads and stores through the TLB.
//
// Of a group of accesses off one base the first asks for the page that all of them lie in. Where
// the TLB knows it, those behind need not ask; elsewhere each asks for itself.
#include "cpu/tlb.h"
#include "jit/llvm_backend/lowering.h"

namespace kiln::llvm_backend {

using Role = ir::AccessGroups::Role;

namespace {

// Of what a group's highest access touches.
constexpr unsigned kLargest = 8;

}  // namespace

// Goes on where the TLB knows the page, and that no store needs to ask for granules there. The tag
// is that of the last byte's page: see Tlb::tag. Returns host minus guest address.
llvm::Value* Lowering::check_tlb(Value* address, unsigned bytes, bool store, BasicBlock* slow) {
    static_assert(sizeof(TlbEntry) == 16);
    Value* last = wrapped(b_.CreateAdd(address, b_.getInt64(bytes - 1)));
    Value* wanted = b_.CreateAnd(last, b_.getInt64(kPageMask));
    Value* index =
        b_.CreateAnd(b_.CreateLShr(address, kPageBits - 4), b_.getInt64((kTlbEntries - 1) << 4));
    Value* table = b_.CreateLoad(b_.getInt64Ty(), memory_);
    Value* entry = b_.CreateAdd(b_.CreateAdd(table, index),
                                b_.getInt64(store ? offsetof(Tlb, store) : offsetof(Tlb, load)));
    const auto read = [&](u64 member) {
        Value* place = b_.CreateIntToPtr(b_.CreateAdd(entry, b_.getInt64(member)), b_.getPtrTy());
        return tag(b_.CreateLoad(b_.getInt64Ty(), place), Memory::kTlb);
    };
    Value* found = read(offsetof(TlbEntry, tag));
    BasicBlock* hit = BasicBlock::Create(context_, "hit", function_);
    b_.CreateCondBr(b_.CreateICmpEQ(found, wanted), hit, slow, likely(true));
    b_.SetInsertPoint(hit);
    return read(offsetof(TlbEntry, addend));
}

// Goes on where an access's group is in a page that is known; elsewhere to `alone`, which is all
// that an access has that shares no check. Returns host minus guest address, or nullptr.
llvm::Value* Lowering::check_group(ValueId id, Value* address, bool store, BasicBlock* alone) {
    const ir::AccessGroups::Member group = group_of(id);
    if (group.role == Role::kLeads) {
        const i64 distance = group.lowest - static_cast<i64>(static_cast<i32>(inst(id).imm));
        Value* lowest = b_.CreateAdd(address, b_.getInt64(static_cast<u64>(distance)));
        const auto bytes = static_cast<unsigned>(group.highest - group.lowest) + kLargest;
        return check_tlb(lowest, bytes, store, alone);
    }
    const auto found = page_groups_.find(group.leader);
    if (group.role != Role::kFollows || found == page_groups_.end()) return nullptr;
    BasicBlock* known = BasicBlock::Create(context_, "known", function_);
    b_.CreateCondBr(found->second.known, known, alone, likely(true));
    b_.SetInsertPoint(known);
    return found->second.addend;
}

// A load, or a store of `stored`. Returns what is loaded.
llvm::Value* Lowering::lower_paged(ValueId id, Value* address, Value* stored) {
    Value* none = llvm::PoisonValue::get(b_.getInt64Ty());
    const auto access_at = [&](Value* place) -> Value* {
        if (stored == nullptr) return load_at(place, id);
        store_at(place, stored);
        return nullptr;
    };
    const bool store = stored != nullptr;
    const unsigned bytes = ir::bytes_of(store ? type_of(inst(id).operands[1]) : type_of(id));
    BasicBlock* alone = BasicBlock::Create(context_, "alone", function_);
    BasicBlock* slow = BasicBlock::Create(context_, "slow_access", function_);
    BasicBlock* done = BasicBlock::Create(context_, "accessed", function_);
    std::vector<PagedWay> ways;
    const auto end_way = [&](Value* loaded, Value* addend, bool called) {
        ways.push_back({b_.GetInsertBlock(), loaded, addend, called});
        b_.CreateBr(done);
    };
    if (Value* addend = check_group(id, address, store, alone)) {
        end_way(access_at(host_place(address, addend)), addend, false);
    } else {
        b_.CreateBr(alone);
    }
    b_.SetInsertPoint(alone);
    end_way(access_at(host_place(address, check_tlb(address, bytes, store, slow))), none, false);
    b_.SetInsertPoint(slow);
    write_argument(0, address);
    write_argument(1, slow_size(id, bytes));
    if (store) write_argument(2, stored);
    slow_call(store ? native::Symbol::kStore : native::Symbol::kLoad, id);
    const auto result = offsetof(CpuState, native.result);
    end_way(store ? nullptr : load_state(type(type_of(id)), result), none, true);
    b_.SetInsertPoint(done);
    note_groups(id, ways);
    if (store) return nullptr;
    llvm::PHINode* loaded = b_.CreatePHI(type(type_of(id)), 3);
    for (const PagedWay& way : ways) loaded->addIncoming(way.loaded, way.end);
    return loaded;
}

// What is known of groups behind an access that was made in one of `ways`.
void Lowering::note_groups(ValueId id, const std::vector<PagedWay>& ways) {
    // A slow call may have found out that stores to a page are to be noticed.
    for (auto& [leader, group] : page_groups_) {
        llvm::PHINode* known = b_.CreatePHI(b_.getInt1Ty(), 3);
        for (const PagedWay& way : ways)
            known->addIncoming(way.called ? b_.getFalse() : group.known, way.end);
        group.known = known;
    }
    if (group_of(id).role != Role::kLeads) return;
    llvm::PHINode* known = b_.CreatePHI(b_.getInt1Ty(), 3);
    llvm::PHINode* addend = b_.CreatePHI(b_.getInt64Ty(), 3);
    for (const PagedWay& way : ways) {
        known->addIncoming(b_.getInt1(&way == &ways.front()), way.end);
        addend->addIncoming(way.addend, way.end);
    }
    page_groups_[id] = {known, addend};
}

}  // namespace kiln::llvm_backend
