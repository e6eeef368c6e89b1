// Leaving a region in the middle of a block, and writing back what changed.
#include "jit/llvm_backend/lowering.h"

namespace kiln::llvm_backend {

void Lowering::exit_where(Value* condition, BasicBlock* exit) {
    BasicBlock* next = BasicBlock::Create(context_, "next", function_);
    b_.CreateCondBr(condition, exit, next, likely(false));
    b_.SetInsertPoint(next);
}

// In front of an operation, `begun` instructions of the block having begun.
llvm::BasicBlock* Lowering::fault_exit(const Inst& inst, native::ExitCode code, u32 begun) {
    return new_exit(block_->exits_of(inst).fault, block_->points[inst.point].pc, begun, code);
}

// Code that leaves with the state of now and `live`, pc the block's plus `pc`.
llvm::BasicBlock* Lowering::new_exit(const ir::LiveRange& live, i64 pc, u32 begun,
                                     native::ExitCode code) {
    const llvm::IRBuilderBase::InsertPointGuard guard(b_);
    BasicBlock* exit = BasicBlock::Create(context_, "exit", function_);
    b_.SetInsertPoint(exit);
    write_live(live);
    ExitPlace& place = exit_place();
    BasicBlock* end = b_.GetInsertBlock();
    // Not a value that the place is handed: that would be put into a register in front of the
    // branch, by code that does not leave. (Volatile, so that no pass makes it one.)
    b_.CreateStore(b_.getInt64(native::pack_exit(code, 0, offset_ + pc)),
                   state_address(offsetof(CpuState, native.exit)), /*isVolatile=*/true);
    place.begun->addIncoming(b_.getInt64(begun), end);
    b_.CreateBr(place.block);
    return exit;
}

// What an exit has to write.
void Lowering::write_live(const ir::LiveRange& live) {
    // What is made here is not there for the code that goes on.
    const size_t made = made_.size();
    const std::vector<ValueId> held = held_;
    for (u32 i = 0; i < live.count; ++i) {
        const ir::LiveState& state = block_->live[live.first + i];
        set(state.offset, state.value);
    }
    for (; made_.size() > made; made_.pop_back()) values_[made_.back()] = nullptr;
    held_ = held;
}

// In front of an access that was asked for by a slow call: the interpreter does it.
llvm::BasicBlock* Lowering::refused_exit(ValueId id) {
    const ir::LiveRange live = block_->exits_of(inst(id)).fault;
    if (live.count == 0) return refused_place();
    const llvm::IRBuilderBase::InsertPointGuard guard(b_);
    BasicBlock* exit = BasicBlock::Create(context_, "exit", function_);
    b_.SetInsertPoint(exit);
    write_live(live);
    b_.CreateBr(refused_place());
    return exit;
}

// What the slow call was handed says how to leave, the budget as it is where the block is done.
llvm::BasicBlock* Lowering::refused_place() {
    ExitPlace& place = exit_place();
    if (place.refused != nullptr) return place.refused;
    const llvm::IRBuilderBase::InsertPointGuard guard(b_);
    place.refused = BasicBlock::Create(context_, "refused", function_);
    b_.SetInsertPoint(place.refused);
    Value* packed = load_state(b_.getInt64Ty(), offsetof(CpuState, native.args) + sizeof(u64));
    b_.CreateStore(packed, state_address(offsetof(CpuState, native.exit)), /*isVolatile=*/true);
    place.begun->addIncoming(b_.getInt64(block_->count), place.refused);
    b_.CreateBr(place.block);
    return place.refused;
}

Lowering::ExitPlace& Lowering::exit_place() {
    if (exits_.block != nullptr) return exits_;
    const llvm::IRBuilderBase::InsertPointGuard guard(b_);
    exits_.block = BasicBlock::Create(context_, "exits", function_);
    b_.SetInsertPoint(exits_.block);
    exits_.begun = b_.CreatePHI(b_.getInt64Ty(), 8);
    transfer(table_entry(native::Symbol::kExit), budget_in(exits_.begun));
    return exits_;
}

// Leaves to the engine: `code` says why.
void Lowering::leave(Value* code, Value* budget) {
    store_state(code, offsetof(CpuState, native.exit));
    transfer(table_entry(native::Symbol::kExit), budget);
}

// Goes to another piece of native code, where guest registers are where that expects them.
void Lowering::transfer(Value* target, Value* budget) {
    const std::vector<bool>& dirty = dirty_.behind[index_];
    std::vector<Value*> passed = arguments();
    passed[kBudget] = budget;
    passed[kMemory] = b_.CreateLoad(b_.getInt64Ty(), memory_);
    for (const Slot& slot : slots_) {
        if (!dirty[slot.number]) continue;
        if (slot.pinned < 0) {
            store_slot(slot);
            continue;
        }
        Value*& argument = passed[argument_of(static_cast<unsigned>(slot.pinned))];
        Value* bits = b_.CreateZExt(whole(slot, read_slot(slot)), b_.getInt64Ty());
        argument = b_.CreateBitCast(bits, argument->getType());
    }
    jump_to(target, passed);
}

void Lowering::write_trap(u64 cause, Value* value) {
    store_state(b_.getInt8(1), offsetof(CpuState, trap_pending));
    store_state(b_.getInt64(cause), offsetof(CpuState, trap_cause));
    store_state(b_.CreateZExt(value, b_.getInt64Ty()), offsetof(CpuState, trap_value));
}

void Lowering::lower_trap_if(ValueId id) {
    Value* traps = operand(id, 0);
    Value* value = operand(id, 1);
    BasicBlock* raises = BasicBlock::Create(context_, "traps", function_);
    BasicBlock* next = BasicBlock::Create(context_, "next", function_);
    b_.CreateCondBr(traps, raises, next, likely(false));
    b_.SetInsertPoint(raises);
    write_trap(inst(id).imm, value);
    b_.CreateBr(fault_exit(inst(id), native::kGoOn, block_->begun_with(inst(id).point)));
    b_.SetInsertPoint(next);
}

// Behind the guest instruction of a call that may have asked the run to end.
void Lowering::check_stop(ValueId call) {
    const Inst& inst = this->inst(call);
    pending_call_ = ir::kNoValue;
    i64 pc = block_->pc_behind(inst.point);
    if (block_->is_last(inst.point)) {
        const auto* jump = std::get_if<ir::Jump>(&block_->terminal);
        if (jump == nullptr) throw Unsupported();
        pc = jump->offset;
    }
    Value* asked = load_state(b_.getInt32Ty(), offsetof(CpuState, exit_request));
    exit_where(
        b_.CreateICmpNE(asked, b_.getInt32(0)),
        new_exit(block_->exits_of(inst).stop, pc, block_->begun_with(inst.point), native::kGoOn));
}

}  // namespace kiln::llvm_backend
