// Guest state: CpuState, and the slots of its register file as variables.
#include <llvm/IR/MDBuilder.h>

#include "jit/llvm_backend/lowering.h"

namespace kiln::llvm_backend {

using ir::Opcode;

namespace {

// What is rare, against what is usual.
constexpr u32 kUsual = 1 << 20;

}  // namespace

llvm::Value* Lowering::state_address(u64 offset) {
    Value* state = b_.GetInsertBlock()->getParent()->getArg(kState);
    return b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), state, offset);
}

template <class V>
V* Lowering::tag(V* access, Memory memory) {
    access->setMetadata(llvm::LLVMContext::MD_tbaa, tags_[static_cast<size_t>(memory)]);
    return access;
}
template llvm::LoadInst* Lowering::tag(llvm::LoadInst*, Memory);
template llvm::StoreInst* Lowering::tag(llvm::StoreInst*, Memory);
template llvm::CallBrInst* Lowering::tag(llvm::CallBrInst*, Memory);

llvm::Value* Lowering::load_state(llvm::Type* type, u64 offset) {
    return tag(b_.CreateLoad(type, state_address(offset)), Memory::kState);
}

llvm::Value* Lowering::load_constant(llvm::Type* type, u64 offset) {
    llvm::LoadInst* load = b_.CreateLoad(type, state_address(offset));
    load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context_, {}));
    return load;
}

void Lowering::store_state(Value* value, u64 offset) {
    tag(b_.CreateStore(value, state_address(offset)), Memory::kState);
}

// The word of the table that holds a symbol's address: the form for functions.
llvm::Value* Lowering::table_entry(native::Symbol symbol) {
    llvm::Constant* table = module_.getOrInsertGlobal(kTableName, b_.getInt8Ty());
    llvm::cast<llvm::GlobalVariable>(table)->setDSOLocal(true);
    const u64 offset = native::table_index(symbol, native::Form::kFunction) * sizeof(u64);
    llvm::LoadInst* load =
        b_.CreateLoad(b_.getPtrTy(), b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), table, offset));
    load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context_, {}));
    return load;
}

llvm::MDNode* Lowering::likely(bool first) {
    llvm::MDBuilder metadata(context_);
    return metadata.createBranchWeights(first ? kUsual : 1, first ? 1 : kUsual);
}

void Lowering::create_slots() {
    for (Slot& slot : slots_) {
        const bool is_float = slot.kind == SlotKind::kDouble || slot.kind == SlotKind::kSingle;
        llvm::Type* kept = slot.kind == SlotKind::kWord     ? b_.getInt64Ty()
                           : slot.kind == SlotKind::kHalf   ? b_.getInt32Ty()
                           : slot.kind == SlotKind::kDouble ? b_.getDoubleTy()
                                                            : b_.getFloatTy();
        slot.value = b_.CreateAlloca(kept);
        if (is_float) slot.raw = b_.CreateAlloca(b_.getInt1Ty());
        if (slot.kind != SlotKind::kSingle) continue;
        slot.written = b_.CreateAlloca(b_.getInt1Ty());
        slot.original = b_.CreateAlloca(b_.getInt64Ty());
    }
    for (Slot& slot : slots_) {
        Value* whole = nullptr;
        if (slot.pinned >= 0) {
            whole = function_->getArg(argument_of(static_cast<unsigned>(slot.pinned)));
            whole = b_.CreateBitCast(whole, b_.getInt64Ty());
            if (slot.kind == SlotKind::kHalf) whole = b_.CreateTrunc(whole, b_.getInt32Ty());
        } else {
            whole = load_state(whole_type(slot), slot.offset);
        }
        load_slot(slot, whole);
    }
}

// The slot holds what it has in the register file.
void Lowering::load_slot(const Slot& slot, Value* whole) {
    Value* kept = whole;
    if (slot.kind == SlotKind::kDouble) kept = b_.CreateBitCast(whole, b_.getDoubleTy());
    if (slot.kind == SlotKind::kSingle) {
        Value* boxed = b_.CreateICmpUGT(whole, b_.getInt64(box::kBits - 1));
        Value* bits = b_.CreateSelect(boxed, b_.CreateTrunc(whole, b_.getInt32Ty()),
                                      b_.getInt32(box::kCanonicalSingle));
        kept = b_.CreateBitCast(bits, b_.getFloatTy());
        b_.CreateStore(b_.getFalse(), slot.written);
        b_.CreateStore(whole, slot.original);
    }
    b_.CreateStore(kept, slot.value);
    if (slot.raw != nullptr) b_.CreateStore(b_.getFalse(), slot.raw);
}

const Slot* Lowering::slot_of(u64 offset) const {
    for (const Slot& slot : slots_)
        if (slot.offset / 8 == offset / 8) return &slot;
    return nullptr;
}

SlotValue Lowering::read_slot(const Slot& slot) {
    const auto read = [&](llvm::AllocaInst* from) -> Value* {
        return from == nullptr ? nullptr : b_.CreateLoad(from->getAllocatedType(), from);
    };
    return {read(slot.value), read(slot.raw), read(slot.written), read(slot.original)};
}

llvm::Type* Lowering::whole_type(const Slot& slot) {
    return slot.kind == SlotKind::kHalf ? b_.getInt32Ty() : b_.getInt64Ty();
}

// What the register file would hold.
llvm::Value* Lowering::whole(const Slot& slot, const SlotValue& found) {
    if (slot.kind == SlotKind::kWord || slot.kind == SlotKind::kHalf) return found.value;
    Value* bits = bits_of(settled(found));
    if (slot.kind == SlotKind::kDouble) return bits;
    Value* boxed = b_.CreateOr(b_.CreateZExt(bits, b_.getInt64Ty()), b_.getInt64(box::kBits));
    return b_.CreateSelect(found.written, boxed, found.original);
}

void Lowering::store_slot(const Slot& slot) {
    store_state(whole(slot, read_slot(slot)), slot.offset);
}

void Lowering::lower_get(ValueId id) {
    const Inst& get = inst(id);
    const Slot* slot = slot_of(get.imm);
    if (slot == nullptr) {
        values_[id] = load_state(type(get.type), get.imm);
        return;
    }
    reads_[id] = {slot, read_slot(*slot)};
}

void Lowering::set(u64 offset, ValueId id) {
    const Slot* slot = slot_of(offset);
    if (slot == nullptr) return store_state(value(id), offset);
    if (slot->kind == SlotKind::kWord && ir::bytes_of(type_of(id)) != 8)
        return set_part(*slot, offset, bits_of(value(id)));
    if (slot->raw == nullptr) {
        b_.CreateStore(bits_of(value(id)), slot->value);
        return;
    }
    if (slot->kind == SlotKind::kDouble) {
        set_number(*slot, id);
    } else {
        const box::Boxed boxed = *box::boxed_by(*block_, id);
        if (boxed.bits == ir::kNoValue) {
            store_number(*slot, number_of(b_.getInt32(boxed.constant), Type::kF32), false);
        } else {
            set_number(*slot, boxed.bits);
        }
        b_.CreateStore(b_.getTrue(), slot->written);
    }
}

// The number with the encoding `bits`.
void Lowering::set_number(const Slot& slot, ValueId bits) {
    const Type type = slot.kind == SlotKind::kSingle ? Type::kF32 : Type::kF64;
    const Inst& from = inst(bits);
    const ValueId source = from.operands[0];
    if (from.opcode != Opcode::bitcast || type_of(source) != type)
        return store_number(slot, number_of(value(bits), type), false);
    const bool is_raw = is_arithmetic(*block_, bits, type) && values_[source] == nullptr;
    store_number(slot, is_raw ? raw(source) : value(source), is_raw);
    if (is_raw) held_[slot.number] = source;
}

void Lowering::store_number(const Slot& slot, Value* number, bool is_raw) {
    held_[slot.number] = ir::kNoValue;
    b_.CreateStore(number, slot.value);
    b_.CreateStore(b_.getInt1(is_raw), slot.raw);
}

// Some of a slot's bits.
void Lowering::set_part(const Slot& slot, u64 offset, Value* value) {
    const u64 bits = value->getType()->getIntegerBitWidth();
    const u64 shift = offset % 8 * 8;
    const u64 mask = ((u64{1} << bits) - 1) << shift;
    Value* rest = b_.CreateAnd(read_slot(slot).value, b_.getInt64(~mask));
    Value* part = b_.CreateShl(b_.CreateZExt(value, b_.getInt64Ty()), shift);
    b_.CreateStore(b_.CreateOr(rest, part), slot.value);
}

// With a canonical NaN, where it is the result of arithmetic.
llvm::Value* Lowering::settled(const SlotValue& found) {
    BasicBlock* here = b_.GetInsertBlock();
    BasicBlock* look = BasicBlock::Create(context_, "raw", function_);
    BasicBlock* done = BasicBlock::Create(context_, "settled", function_);
    b_.CreateCondBr(found.raw, look, done);
    b_.SetInsertPoint(look);
    Value* number = canonical(found.value);
    BasicBlock* looked = b_.GetInsertBlock();
    b_.CreateBr(done);
    b_.SetInsertPoint(done);
    llvm::PHINode* result = b_.CreatePHI(found.value->getType(), 2);
    result->addIncoming(found.value, here);
    result->addIncoming(number, looked);
    return result;
}

// Of a number whose NaNs are quiet: to look at it raises nothing.
llvm::Value* Lowering::canonical(Value* number) {
    BasicBlock* here = b_.GetInsertBlock();
    BasicBlock* nan = BasicBlock::Create(context_, "nan", function_);
    BasicBlock* done = BasicBlock::Create(context_, "canonical", function_);
    Value* unordered =
        b_.CreateConstrainedFPCmp(llvm::Intrinsic::experimental_constrained_fcmp,
                                  llvm::CmpInst::FCMP_UNO, number, number, "", llvm::fp::ebIgnore);
    b_.CreateCondBr(unordered, nan, done, likely(false));
    b_.SetInsertPoint(nan);
    b_.CreateBr(done);
    b_.SetInsertPoint(done);
    llvm::PHINode* result = b_.CreatePHI(number->getType(), 2);
    result->addIncoming(number, here);
    const bool single = number->getType()->isFloatTy();
    Value* bits = single ? b_.getInt32(box::kCanonicalSingle) : b_.getInt64(u64{0x7ff8} << 48);
    result->addIncoming(
        llvm::ConstantExpr::getBitCast(llvm::cast<llvm::Constant>(bits), number->getType()), nan);
    return result;
}

}  // namespace kiln::llvm_backend
