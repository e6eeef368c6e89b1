// Loads and stores through the TLB.
//
// Of a group of accesses off one base the first asks for the page that all of them lie in. Where
// the TLB knows it, those behind need not ask; elsewhere each calls a slow path, which asks for
// itself first.
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

unsigned Lowering::accessed_bytes(ValueId id) const {
    const bool store = inst(id).opcode == ir::Opcode::store;
    return ir::bytes_of(type_of(store ? inst(id).operands[1] : id));
}

// Goes on where the page of an access, or of its group, is known; elsewhere to `slow`. Returns host
// minus guest address.
llvm::Value* Lowering::check_page(ValueId id, Value* address, bool store, BasicBlock* slow) {
    const ir::AccessGroups::Member group = group_of(id);
    if (group.role == Role::kLeads) {
        const i64 distance = group.lowest - static_cast<i64>(static_cast<i32>(inst(id).imm));
        Value* lowest = b_.CreateAdd(address, b_.getInt64(static_cast<u64>(distance)));
        const auto bytes = static_cast<unsigned>(group.highest - group.lowest) + kLargest;
        return check_tlb(lowest, bytes, store, slow);
    }
    const auto found = page_groups_.find(group.leader);
    if (group.role != Role::kFollows || found == page_groups_.end())
        return check_tlb(address, accessed_bytes(id), store, slow);
    BasicBlock* known = BasicBlock::Create(context_, "known", function_);
    b_.CreateCondBr(found->second.known, known, slow, likely(true));
    b_.SetInsertPoint(known);
    return found->second.addend;
}

// What an access does whose page is not known. Returns what is loaded.
llvm::Value* Lowering::slow_access(ValueId id, Value* address, Value* stored,
                                   native::Symbol symbol) {
    const bool store = stored != nullptr;
    write_argument(0, address);
    write_argument(1, slow_size(id, accessed_bytes(id)));
    if (store) write_argument(2, stored);
    slow_call(symbol, id);
    return store ? nullptr : load_state(type(type_of(id)), offsetof(CpuState, native.result));
}

// A load, or a store of `stored`. Returns what is loaded.
llvm::Value* Lowering::lower_paged(ValueId id, Value* address, Value* stored) {
    BasicBlock* slow = BasicBlock::Create(context_, "slow_access", function_);
    BasicBlock* done = BasicBlock::Create(context_, "accessed", function_);
    Value* addend = check_page(id, address, stored != nullptr, slow);
    Value* place = host_place(address, addend);
    Value* usual = nullptr;
    if (stored == nullptr) {
        usual = load_at(place, id);
    } else {
        store_at(place, stored);
    }
    BasicBlock* hit = b_.GetInsertBlock();
    b_.CreateBr(done);
    b_.SetInsertPoint(slow);
    Value* asked_for = slow_access(
        id, address, stored, stored != nullptr ? native::Symbol::kStore : native::Symbol::kLoad);
    BasicBlock* called = b_.GetInsertBlock();
    b_.CreateBr(done);
    b_.SetInsertPoint(done);
    const auto joined = [&](Value* by_hit, Value* by_call) {
        llvm::PHINode* phi = b_.CreatePHI(by_hit->getType(), 2);
        phi->addIncoming(by_hit, hit);
        phi->addIncoming(by_call, called);
        return phi;
    };
    // A slow call may have found out that stores to a page are to be noticed.
    for (auto& [leader, group] : page_groups_) group.known = joined(group.known, b_.getFalse());
    if (group_of(id).role == Role::kLeads)
        page_groups_[id] = {joined(b_.getTrue(), b_.getFalse()),
                            joined(addend, llvm::PoisonValue::get(addend->getType()))};
    return stored == nullptr ? joined(usual, asked_for) : nullptr;
}

}  // namespace kiln::llvm_backend
