// Floating point, under the guest's MXCSR. What the host does otherwise than the IR wants, another
// rounding mode than the one in MXCSR, and half precision are calls to software.
#include <llvm/IR/InlineAsm.h>

#include "cpu/rounding.h"
#include "jit/llvm_backend/lowering.h"

namespace kiln::llvm_backend {

using ir::Opcode;

namespace {

constexpr u64 kFlagInvalid = 16;

// Encodings without their sign.
u64 infinity(ir::Type type) {
    return type == ir::Type::kF16 ? 0x7c00 : type == ir::Type::kF32 ? 0x7f800000 : u64{0x7ff} << 52;
}
u64 canonical_nan(ir::Type type) {
    return type == ir::Type::kF16 ? 0x7e00 : type == ir::Type::kF32 ? 0x7fc00000 : u64{0xfff} << 51;
}

}  // namespace

// A NaN that is canonical is as good as any, and so is the other way round: what only makes NaNs
// canonical, boxes and unboxes is passed over.
llvm::Value* Lowering::raw(ValueId id) {
    const Inst& inst = this->inst(id);
    if (inst.opcode == Opcode::fcanonical && ir::makes_quiet_nans(this->inst(inst.operands[0])))
        return values_[id] != nullptr ? values_[id] : raw(inst.operands[0]);
    if (inst.opcode != Opcode::bitcast || !on_host(inst.type)) return value(id);
    const ValueId from = inst.operands[0];
    const Inst& bits = this->inst(from);
    if (bits.opcode == Opcode::bitcast && type_of(bits.operands[0]) == inst.type)
        return raw(bits.operands[0]);
    if (bits.opcode == Opcode::get && reads_[from].slot != nullptr &&
        reads_[from].slot->kind == SlotKind::kDouble && inst.type == Type::kF64 &&
        bits.imm % 8 == 0)
        return reads_[from].found.value;
    if (const auto get = box::unboxed_by(*block_, from);
        get && reads_[*get].slot != nullptr && reads_[*get].slot->kind == SlotKind::kSingle)
        return reads_[*get].found.value;
    return value(id);
}

llvm::Value* Lowering::canonical_of(ValueId id) {
    const Inst& inst = this->inst(id);
    const ValueId from = inst.operands[0];
    if (on_host(inst.type) && ir::makes_quiet_nans(this->inst(from))) {
        Value* number = canonical(raw(from));
        // One number is enough from here on.
        for (const Slot& slot : slots_)
            if (held_[slot.number] == id) store_number(slot, number, false);
        return number;
    }
    // A signaling NaN must not be looked at by a comparison.
    Value* bits = bits_of(value(from));
    llvm::Type* type = bits->getType();
    const u64 magnitude = ir::mask_of(inst.type == Type::kF16   ? Type::kI16
                                      : inst.type == Type::kF32 ? Type::kI32
                                                                : Type::kI64) >>
                          1;
    Value* is_nan = b_.CreateICmpUGT(b_.CreateAnd(bits, llvm::ConstantInt::get(type, magnitude)),
                                     llvm::ConstantInt::get(type, infinity(inst.type)));
    Value* settled =
        b_.CreateSelect(is_nan, llvm::ConstantInt::get(type, canonical_nan(inst.type)), bits);
    return number_of(settled, inst.type);
}

llvm::Value* Lowering::lower_float(ValueId id) {
    const Inst& inst = this->inst(id);
    const auto binary = [&](auto create) -> Value* {
        if (!on_host(inst.type) || inst.imm != site_.host_rounding) return in_software(id);
        return create(raw(inst.operands[0]), raw(inst.operands[1]));
    };
    switch (inst.opcode) {
        case Opcode::fadd:
            return binary([&](Value* a, Value* b) { return b_.CreateFAdd(a, b); });
        case Opcode::fsub:
            return binary([&](Value* a, Value* b) { return b_.CreateFSub(a, b); });
        case Opcode::fmul:
            return binary([&](Value* a, Value* b) { return b_.CreateFMul(a, b); });
        case Opcode::fdiv:
            return binary([&](Value* a, Value* b) { return b_.CreateFDiv(a, b); });
        case Opcode::fsqrt:
            if (!on_host(inst.type) || inst.imm != site_.host_rounding) return in_software(id);
            return constrained(llvm::Intrinsic::experimental_constrained_sqrt,
                               {raw(inst.operands[0])});
        case Opcode::fma:
            return fused(id);
        case Opcode::feq:
        case Opcode::flt:
        case Opcode::fle:
            return compare_floats(id);
        case Opcode::fconvert:
            return convert(id);
        case Opcode::fto_int_s:
            return to_signed(id);
        case Opcode::fto_int_u:
            return to_unsigned(id);
        default:
            return from_integer(id);
    }
}

// An operation that LLVM has no instruction for.
llvm::Value* Lowering::constrained(llvm::Intrinsic::ID id, llvm::ArrayRef<Value*> operands) {
    return b_.CreateConstrainedFPCall(
        llvm::Intrinsic::getDeclaration(&module_, id, {operands[0]->getType()}), operands);
}

// The host raises nothing for infinity times zero plus a quiet NaN; the IR wants invalid.
llvm::Value* Lowering::fused(ValueId id) {
    const Inst& inst = this->inst(id);
    if (!on_host(inst.type) || !host_.fma || inst.imm != site_.host_fma_rounding)
        return in_software(id);
    Value* a = raw(inst.operands[0]);
    Value* b = raw(inst.operands[1]);
    Value* c = raw(inst.operands[2]);
    Value* sum = constrained(llvm::Intrinsic::experimental_constrained_fma, {a, b, c});
    Value* is_nan =
        b_.CreateConstrainedFPCmp(llvm::Intrinsic::experimental_constrained_fcmp,
                                  llvm::CmpInst::FCMP_UNO, sum, sum, "", llvm::fp::ebIgnore);
    BasicBlock* nan = BasicBlock::Create(context_, "fma_nan", function_);
    BasicBlock* done = BasicBlock::Create(context_, "fma", function_);
    b_.CreateCondBr(is_nan, nan, done, likely(false));
    b_.SetInsertPoint(nan);
    const auto is = [&](Value* x, u64 magnitude) {
        Value* twice = b_.CreateShl(bits_of(x), 1);
        return b_.CreateICmpEQ(twice, llvm::ConstantInt::get(twice->getType(), magnitude << 1));
    };
    const u64 inf = infinity(inst.type);
    raise_flags(b_.CreateOr(b_.CreateAnd(is(a, inf), is(b, 0)), b_.CreateAnd(is(a, 0), is(b, inf))),
                kFlagInvalid);
    b_.CreateBr(done);
    b_.SetInsertPoint(done);
    return sum;
}

llvm::Value* Lowering::compare_floats(ValueId id) {
    const Inst& inst = this->inst(id);
    if (!on_host(type_of(inst.operands[0]))) return b_.CreateTrunc(in_software(id), b_.getInt1Ty());
    Value* a = raw(inst.operands[0]);
    Value* b = raw(inst.operands[1]);
    if (inst.opcode == Opcode::feq)
        return b_.CreateConstrainedFPCmp(llvm::Intrinsic::experimental_constrained_fcmp,
                                         llvm::CmpInst::FCMP_OEQ, a, b);
    return b_.CreateConstrainedFPCmp(
        llvm::Intrinsic::experimental_constrained_fcmps,
        inst.opcode == Opcode::flt ? llvm::CmpInst::FCMP_OLT : llvm::CmpInst::FCMP_OLE, a, b);
}

llvm::Value* Lowering::convert(ValueId id) {
    const Inst& inst = this->inst(id);
    const Type from = type_of(inst.operands[0]);
    const bool widens = inst.type == Type::kF64;
    if (!on_host(inst.type) || !on_host(from) || (!widens && inst.imm != site_.host_rounding))
        return in_software(id);
    Value* number = raw(inst.operands[0]);
    return widens ? b_.CreateFPExt(number, type(inst.type))
                  : b_.CreateFPTrunc(number, type(inst.type));
}

// The host's instruction, in MXCSR's mode or truncating. (LLVM's own conversion says nothing of
// numbers that do not fit, and its intrinsics for the instructions know of no flags.)
llvm::Value* Lowering::convert_on_host(Value* number, llvm::Type* to, bool truncates) {
    const bool wide = to->isIntegerTy(64);
    const std::string text = std::string(truncates ? "cvtt" : "cvt") +
                             (number->getType()->isFloatTy() ? "ss2si" : "sd2si") +
                             (wide ? " $1, ${0:q}" : " $1, ${0:k}");
    auto* type = llvm::FunctionType::get(to, {number->getType()}, false);
    llvm::CallInst* call = b_.CreateCall(llvm::InlineAsm::get(type, text, "=r,x", true), {number});
    call->addFnAttr(llvm::Attribute::StrictFP);
    call->addFnAttr(llvm::Attribute::NoUnwind);
    // It touches nothing but MXCSR.
    call->setOnlyAccessesInaccessibleMemory();
    return call;
}

// What does not fit gives the most negative number on the host, with the right flag; the IR wants
// the nearest that fits, the largest for NaN.
llvm::Value* Lowering::to_signed(ValueId id) {
    const Inst& inst = this->inst(id);
    const Type from = type_of(inst.operands[0]);
    const bool truncates = inst.imm == static_cast<u64>(Rounding::kRtz);
    if (!on_host(from) || ir::bytes_of(inst.type) < 4 ||
        (!truncates && inst.imm != site_.host_rounding))
        return in_software(id);
    Value* number = raw(inst.operands[0]);
    llvm::Type* to = bits_type(inst.type);
    Value* host = convert_on_host(number, to, truncates);
    const llvm::APInt least = llvm::APInt::getSignedMinValue(ir::bits_of(inst.type));
    Value* extreme = b_.CreateICmpEQ(host, llvm::ConstantInt::get(to, least));
    // Negative numbers are right; NaNs of either sign are not.
    Value* bits = bits_of(number);
    const unsigned width = bits->getType()->getIntegerBitWidth();
    Value* negative = b_.CreateICmpSLT(bits, llvm::Constant::getNullValue(bits->getType()));
    Value* is_nan = b_.CreateICmpUGT(
        b_.CreateAnd(bits, llvm::ConstantInt::get(bits->getType(), (u64{1} << (width - 1)) - 1)),
        llvm::ConstantInt::get(bits->getType(), infinity(from)));
    Value* largest = b_.CreateAnd(extreme, b_.CreateOr(b_.CreateNot(negative), is_nan));
    return b_.CreateSelect(largest, llvm::ConstantInt::get(to, ~least), host);
}

// In the lower half of the range the host's signed conversion is right, and its flags.
llvm::Value* Lowering::to_unsigned(ValueId id) {
    const Inst& inst = this->inst(id);
    const Type from = type_of(inst.operands[0]);
    const bool truncates = inst.imm == static_cast<u64>(Rounding::kRtz);
    const unsigned bits = ir::bits_of(inst.type);
    if (!on_host(from) || bits < 32 || (!truncates && inst.imm != site_.host_rounding))
        return in_software(id);
    const bool single = from == Type::kF32;
    Value* number = raw(inst.operands[0]);
    Value* encoding = bits_of(number);
    Value* exponent = b_.CreateLShr(encoding, single ? 23 : 52);
    Value* fits = b_.CreateICmpULT(
        exponent, llvm::ConstantInt::get(encoding->getType(), (single ? 127 : 1023) + bits - 1));
    return or_in_software(fits, id, [&] {
        return b_.CreateTrunc(convert_on_host(number, b_.getInt64Ty(), truncates),
                              bits_type(inst.type));
    });
}

llvm::Value* Lowering::from_integer(ValueId id) {
    const Inst& inst = this->inst(id);
    const unsigned bits = ir::bits_of(type_of(inst.operands[0]));
    const bool exact = bits == 32 && inst.type == Type::kF64;
    if (!on_host(inst.type) || bits < 32 || (!exact && inst.imm != site_.host_rounding))
        return in_software(id);
    Value* integer = operand(id, 0);
    if (inst.opcode == Opcode::ffrom_int_s) return b_.CreateSIToFP(integer, type(inst.type));
    if (bits == 32)
        return b_.CreateSIToFP(b_.CreateZExt(integer, b_.getInt64Ty()), type(inst.type));
    Value* fits = b_.CreateICmpSGE(integer, b_.getInt64(0));
    return or_in_software(fits, id, [&] { return b_.CreateSIToFP(integer, type(inst.type)); });
}

llvm::Value* Lowering::or_in_software(Value* condition, ValueId id,
                                      llvm::function_ref<Value*()> usual) {
    BasicBlock* here = BasicBlock::Create(context_, "on_host", function_);
    BasicBlock* there = BasicBlock::Create(context_, "in_software", function_);
    BasicBlock* done = BasicBlock::Create(context_, "done", function_);
    // Their values serve both ways.
    for (unsigned n = 0; n < inst(id).arity(); ++n) operand(id, n);
    b_.CreateCondBr(condition, here, there, likely(true));
    b_.SetInsertPoint(here);
    Value* a = usual();
    here = b_.GetInsertBlock();
    b_.CreateBr(done);
    b_.SetInsertPoint(there);
    Value* b = in_software(id);
    there = b_.GetInsertBlock();
    b_.CreateBr(done);
    b_.SetInsertPoint(done);
    llvm::PHINode* result = b_.CreatePHI(a->getType(), 2);
    result->addIncoming(a, here);
    result->addIncoming(b, there);
    return result;
}

llvm::Value* Lowering::in_software(ValueId id) {
    const Inst& inst = this->inst(id);
    for (unsigned n = 0; n < inst.arity(); ++n) write_argument(n, operand(id, n));
    write_argument(3, b_.getInt64(native::pack_float_call(
                          static_cast<u8>(inst.opcode), static_cast<u8>(inst.type),
                          static_cast<u8>(type_of(inst.operands[0])), static_cast<u8>(inst.imm))));
    call_function(native::Symbol::kFloat);
    Value* result = load_state(b_.getInt64Ty(), offsetof(CpuState, native.result));
    if (inst.type == Type::kI1) return result;
    return number_of(b_.CreateTrunc(result, bits_type(inst.type)), inst.type);
}

void Lowering::raise_flags(Value* condition, u64 flags) {
    BasicBlock* raises = BasicBlock::Create(context_, "raises", function_);
    BasicBlock* done = BasicBlock::Create(context_, "raised", function_);
    b_.CreateCondBr(condition, raises, done, likely(false));
    b_.SetInsertPoint(raises);
    constexpr u64 kFlags = offsetof(CpuState, soft_fflags);
    store_state(b_.CreateOr(load_state(b_.getInt32Ty(), kFlags), static_cast<u32>(flags)), kFlags);
    b_.CreateBr(done);
    b_.SetInsertPoint(done);
}

}  // namespace kiln::llvm_backend
