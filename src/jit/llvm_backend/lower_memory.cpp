// Direct loads and stores, atomics, and calls of helpers.
#include "cpu/memory.h"
#include "jit/llvm_backend/lowering.h"

namespace kiln::llvm_backend {

using ir::Opcode;
using native::Symbol;

llvm::Value* Lowering::wrapped(Value* address) {
    return narrow_ ? b_.CreateAnd(address, b_.getInt64(0xffffffff)) : address;
}

// The guest address of an access.
llvm::Value* Lowering::effective(ValueId id) {
    Value* base = operand(id, 0);
    Value* sum = b_.CreateAdd(base, llvm::ConstantInt::get(base->getType(), inst(id).imm, true));
    return b_.CreateZExt(sum, b_.getInt64Ty());
}

llvm::Value* Lowering::host_place(Value* address, Value* addend) {
    return b_.CreateIntToPtr(b_.CreateAdd(address, addend), b_.getPtrTy());
}

// Goes on where a direct access, and those that are checked with it, lie in the window: what does
// not is left to the interpreter, so that code behind may rely on it. Returns where it is on the
// host.
llvm::Value* Lowering::check_window(ValueId id, Value* address, bool store) {
    using Role = ir::AccessGroups::Role;
    const ir::AccessGroups::Member group = group_of(id);
    const auto offset = static_cast<i64>(inst(id).imm);
    const auto from_base = [&](i32 other) {
        return b_.CreateAdd(address, b_.getInt64(static_cast<u64>(other - offset)));
    };
    const bool follows = group.role == Role::kFollows;
    const std::optional<i32> guard = groups_ ? guards_[id] : static_cast<i32>(offset);
    const bool guards = store && guard;
    BasicBlock* exit = follows && !guards ? nullptr : retry_exit(id);
    if (!follows) {
        const bool leads = group.role == Role::kLeads;
        Value* highest = in_window(leads ? from_base(group.highest) : address);
        exit_where(b_.CreateICmpUGE(highest, window_limit()), exit);
        if (leads && group.highest != group.lowest)
            exit_where(b_.CreateICmpULT(highest, b_.getInt64(group.highest - group.lowest)), exit);
    }
    if (guards) check_granules(from_base(*guard), b_.getInt8Ty(), exit);
    return host_place(address, b_.CreateLoad(b_.getInt64Ty(), memory_));
}

ir::AccessGroups::Member Lowering::group_of(ValueId id) const {
    return groups_ ? (*groups_)[id] : ir::AccessGroups::Member{};
}

// How far behind the window's start an address lies.
llvm::Value* Lowering::in_window(Value* address) {
    if (site_.ram.limit != 0) return b_.CreateSub(address, b_.getInt64(site_.ram.first));
    return b_.CreateSub(address,
                        load_constant(b_.getInt64Ty(), offsetof(CpuState, native.window.first)));
}

llvm::Value* Lowering::window_limit() {
    if (site_.ram.limit != 0) return b_.getInt64(site_.ram.limit);
    return load_constant(b_.getInt64Ty(), offsetof(CpuState, native.window.limit));
}

// The way out in front of an access that only the interpreter does.
llvm::BasicBlock* Lowering::retry_exit(ValueId id) {
    const u32 begun = block_->points[inst(id).point].begun;
    return fault_exit(inst(id), native::kInterpret, begun);
}

// Goes on where the guard bytes from that of the address on, which is in the window, are zero: as
// many as the type has.
void Lowering::check_granules(Value* address, llvm::IntegerType* type, BasicBlock* slow) {
    const bool known = site_.ram.limit != 0;
    Value* number = b_.CreateLShr(known ? address : in_window(address), kGranuleBits);
    Value* first = known
                       ? b_.CreateAdd(b_.CreateLoad(b_.getInt64Ty(), memory_),
                                      b_.getInt64(static_cast<u64>(site_.ram.granules)))
                       : load_constant(b_.getInt64Ty(), offsetof(CpuState, native.window.granules));
    Value* place = b_.CreateIntToPtr(b_.CreateAdd(first, number), b_.getPtrTy());
    Value* guards = tag(b_.CreateAlignedLoad(type, place, llvm::Align(1)), Memory::kGranules);
    BasicBlock* next = BasicBlock::Create(context_, "unguarded", function_);
    b_.CreateCondBr(b_.CreateIsNull(guards), next, slow, likely(true));
    b_.SetInsertPoint(next);
}

void Lowering::write_argument(unsigned number, Value* value) {
    Value* bits = b_.CreateZExt(bits_of(value), b_.getInt64Ty());
    store_state(bits, offsetof(CpuState, native.args) + number * sizeof(u64));
}

// Calls a slow path that keeps the registers. Returns what it says.
llvm::Value* Lowering::call_function(Symbol symbol) {
    Value* state = b_.GetInsertBlock()->getParent()->getArg(kState);
    auto* type = llvm::FunctionType::get(b_.getInt64Ty(), {b_.getPtrTy()}, false);
    llvm::CallInst* call = b_.CreateCall(type, table_entry(symbol), {state});
    call->setCallingConv(llvm::CallingConv::PreserveAll);
    call->addFnAttr(llvm::Attribute::NoUnwind);
    call->addFnAttr(llvm::Attribute::StrictFP);
    return call;
}

void Lowering::slow_call(Symbol symbol, ValueId id) {
    Value* done = call_function(symbol);
    exit_where(b_.CreateICmpEQ(done, b_.getInt64(0)), refused_exit(id));
    if (unchecked_ == nullptr) return;
    // What was found out about streams may not hold any more. The interpreter does the access
    // again, which changes nothing, and what is behind.
    Value* epoch = load_state(b_.getInt64Ty(), offsetof(CpuState, native.epoch));
    exit_where(b_.CreateICmpNE(epoch, unchecked_->epoch), refused_exit(id));
}

llvm::Value* Lowering::slow_size(ValueId id, unsigned bytes) {
    const ir::GuestPoint& point = block_->points[inst(id).point];
    return b_.getInt64(native::pack_access(bytes, offset_ + point.pc, block_->count - point.begun));
}

llvm::Value* Lowering::load_at(Value* place, ValueId id) {
    return tag(b_.CreateAlignedLoad(type(type_of(id)), place, llvm::Align(1)), Memory::kGuest);
}

void Lowering::store_at(Value* place, Value* value) {
    tag(b_.CreateAlignedStore(value, place, llvm::Align(1)), Memory::kGuest);
}

void Lowering::lower_load(ValueId id) {
    Value* address = effective(id);
    if (Value* place = stream_place(id, address))
        values_[id] = load_at(place, id);
    else if (site_.direct)
        values_[id] = load_at(check_window(id, address, false), id);
    else if (site_.user_window != UserWindow::kNone)
        values_[id] = lower_mapped(id, address, nullptr);
    else
        values_[id] = lower_paged(id, address, nullptr);
}

void Lowering::lower_store(ValueId id) {
    Value* address = effective(id);
    Value* value = operand(id, 1);
    if (Value* place = stream_place(id, address))
        store_at(place, value);
    else if (site_.direct)
        store_at(check_window(id, address, true), value);
    else if (site_.user_window != UserWindow::kNone)
        lower_mapped(id, address, value);
    else
        lower_paged(id, address, value);
}

// Atomics and probes are slow calls always: there is one host thread, so that being atomic costs
// nothing, and they are rare.
void Lowering::lower_atomic(ValueId id) {
    page_groups_.clear();
    const Inst& inst = this->inst(id);
    Symbol symbol = Symbol::kProbe;
    unsigned bytes = ir::bytes_of(inst.type);
    write_argument(0, operand(id, 0));
    switch (inst.opcode) {
        case Opcode::probe:
            bytes = 0;
            write_argument(2, b_.getInt64(inst.imm));
            break;
        case Opcode::load_reserved:
            symbol = Symbol::kLoadReserved;
            break;
        case Opcode::store_conditional:
            symbol = Symbol::kStoreConditional;
            bytes = ir::bytes_of(type_of(inst.operands[1]));
            write_argument(2, operand(id, 1));
            break;
        case Opcode::atomic_rmw:
            symbol = Symbol::kAtomic;
            write_argument(2, operand(id, 1));
            write_argument(3, b_.getInt64(static_cast<u64>(ir::atomic_op(inst.imm))));
            break;
        default:
            symbol = Symbol::kCompareAndSwap;
            write_argument(2, operand(id, 1));
            write_argument(3, operand(id, 2));
    }
    write_argument(1, slow_size(id, bytes));
    slow_call(symbol, id);
    if (inst.type == Type::kNone) return;
    Value* result = load_state(b_.getInt64Ty(), offsetof(CpuState, native.result));
    values_[id] = b_.CreateTrunc(result, bits_type(inst.type));
}

// Calls a helper, which sees all guest state and may change it. `begun`: instructions of the block
// that have begun. Returns what it says.
llvm::Value* Lowering::call_helper(u32 helper, std::span<const ValueId> arguments, i64 pc,
                                   u32 begun) {
    for (unsigned n = 0; n < arguments.size(); ++n) write_argument(n, value(arguments[n]));
    const std::string name = std::string(kHelperName) + block_->helpers[helper]->name;
    llvm::Constant* function = module_.getOrInsertGlobal(name, b_.getInt8Ty());
    write_argument(3, b_.CreatePtrToInt(function, b_.getInt64Ty()));
    store_state(pc_at(pc), offsetof(CpuState, pc));
    store_state(budget_in(b_.getInt64(begun)), offsetof(CpuState, budget));
    for (const Slot& slot : slots_) store_slot(slot);
    return call_function(Symbol::kHelper);
}

// What a helper may have changed.
void Lowering::load_slots() {
    for (const Slot& slot : slots_) load_slot(slot, load_state(whole_type(slot), slot.offset));
    b_.CreateStore(load_state(b_.getInt64Ty(), offsetof(CpuState, native.memory)), memory_);
}

void Lowering::lower_call(ValueId id) {
    const Inst& inst = this->inst(id);
    const u32 begun = block_->begun_with(inst.point);
    Value* done = call_helper(static_cast<u32>(inst.imm), std::span(inst.operands).first(3),
                              block_->points[inst.point].pc, begun);
    load_slots();
    exit_where(b_.CreateICmpEQ(done, b_.getInt64(0)), fault_exit(inst, native::kGoOn, begun));
    pending_call_ = id;
    values_[id] = load_state(b_.getInt64Ty(), offsetof(CpuState, native.result));
}

}  // namespace kiln::llvm_backend
