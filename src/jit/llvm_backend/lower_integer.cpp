// Operations without an effect, and integers.
#include <llvm/IR/IntrinsicsX86.h>

#include "jit/llvm_backend/lowering.h"

namespace kiln::llvm_backend {

using ir::Opcode;

llvm::Value* Lowering::value(ValueId id) {
    if (values_[id] == nullptr) {
        values_[id] = pure(id);
        made_.push_back(id);
    }
    return values_[id];
}

llvm::Value* Lowering::bits_of(Value* value) {
    if (value->getType()->isIntegerTy()) return value;
    return b_.CreateBitCast(
        value, b_.getIntNTy(static_cast<unsigned>(value->getType()->getScalarSizeInBits())));
}

llvm::Value* Lowering::number_of(Value* bits, Type of) { return b_.CreateBitCast(bits, type(of)); }

llvm::Value* Lowering::pure(ValueId id) {
    const Inst& inst = this->inst(id);
    switch (inst.opcode) {
        case Opcode::imm:
            return llvm::ConstantInt::get(bits_type(inst.type), inst.imm);
        case Opcode::pc:
            return b_.CreateTrunc(pc_at(static_cast<i64>(inst.imm)), bits_type(inst.type));
        case Opcode::get:
            return read_value(id);
        case Opcode::fcanonical:
            return canonical_of(id);
        case Opcode::bitcast: {
            if (!ir::is_float(inst.type)) return bits_of(operand(id, 0));
            // The encoding, as it is.
            return number_of(bits_of(operand(id, 0)), inst.type);
        }
        case Opcode::select:
            if (const auto get = box::unboxed_by(*block_, id);
                get && reads_[*get].slot->kind == SlotKind::kSingle)
                return bits_of(settled(reads_[*get].found));
            return b_.CreateSelect(operand(id, 0), operand(id, 1), operand(id, 2));
        default:
            return integer(id);
    }
}

// What a `get` found, as its type has it.
llvm::Value* Lowering::read_value(ValueId id) {
    const Inst& get = inst(id);
    const SlotRead& read = reads_[id];
    Value* all = whole(*read.slot, read.found);
    if (get.imm % 8 != 0) all = b_.CreateLShr(all, get.imm % 8 * 8);
    Value* bits = b_.CreateTrunc(all, bits_type(get.type));
    return number_of(bits, get.type);
}

llvm::Value* Lowering::integer(ValueId id) {
    const Inst& inst = this->inst(id);
    llvm::Type* to = bits_type(inst.type);
    Value* a = operand(id, 0);
    Value* b = inst.arity() > 1 ? operand(id, 1) : nullptr;
    const auto amount = [&] { return b_.CreateAnd(b, ir::bits_of(inst.type) - 1); };
    switch (inst.opcode) {
        case Opcode::add:
            return b_.CreateAdd(a, b);
        case Opcode::sub:
            return b_.CreateSub(a, b);
        case Opcode::mul:
            return b_.CreateMul(a, b);
        case Opcode::mul_high_u:
        case Opcode::mul_high_s:
            return multiply_high(inst, a, b);
        case Opcode::div_u:
        case Opcode::div_s:
        case Opcode::rem_u:
        case Opcode::rem_s:
            return divide(inst, a, b);
        case Opcode::bit_and:
            return b_.CreateAnd(a, b);
        case Opcode::bit_or:
            return b_.CreateOr(a, b);
        case Opcode::bit_xor:
            return b_.CreateXor(a, b);
        case Opcode::shl:
            return b_.CreateShl(a, amount());
        case Opcode::shr:
            return b_.CreateLShr(a, amount());
        case Opcode::sar:
            return b_.CreateAShr(a, amount());
        case Opcode::rotr:
            return b_.CreateIntrinsic(llvm::Intrinsic::fshr, {to}, {a, a, b});
        case Opcode::clz:
            return b_.CreateIntrinsic(llvm::Intrinsic::ctlz, {to}, {a, b_.getFalse()});
        case Opcode::ctz:
            return b_.CreateIntrinsic(llvm::Intrinsic::cttz, {to}, {a, b_.getFalse()});
        case Opcode::popcount:
            return b_.CreateIntrinsic(llvm::Intrinsic::ctpop, {to}, {a});
        case Opcode::byte_swap:
            if (inst.type == Type::kI8) return a;
            return b_.CreateIntrinsic(llvm::Intrinsic::bswap, {to}, {a});
        case Opcode::clmul:
        case Opcode::clmul_high:
            return carryless(inst, a, b);
        case Opcode::zext:
        case Opcode::sext:
            return extended(inst, a);
        case Opcode::trunc:
            return b_.CreateTrunc(a, to);
        case Opcode::eq:
            return b_.CreateICmpEQ(a, b);
        case Opcode::ne:
            return b_.CreateICmpNE(a, b);
        case Opcode::lt_u:
            return b_.CreateICmpULT(a, b);
        case Opcode::le_u:
            return b_.CreateICmpULE(a, b);
        case Opcode::lt_s:
            return b_.CreateICmpSLT(a, b);
        case Opcode::le_s:
            return b_.CreateICmpSLE(a, b);
        default:
            throw Unsupported();
    }
}

// x / 0 is all ones, x % 0 is x; the one overflow gives the dividend, remainder 0. What the host
// would trap at is divided by 1 instead.
llvm::Value* Lowering::divide(const Inst& inst, Value* a, Value* b) {
    llvm::Type* type = a->getType();
    const bool is_signed = inst.opcode == Opcode::div_s || inst.opcode == Opcode::rem_s;
    const bool remainder = inst.opcode == Opcode::rem_u || inst.opcode == Opcode::rem_s;
    Value* one = llvm::ConstantInt::get(type, 1);
    Value* ones = llvm::Constant::getAllOnesValue(type);
    Value* by_zero = b_.CreateICmpEQ(b, llvm::Constant::getNullValue(type));
    Value* traps = by_zero;
    if (is_signed) {
        Value* least = llvm::ConstantInt::get(
            type, llvm::APInt::getSignedMinValue(type->getIntegerBitWidth()));
        Value* overflows = b_.CreateAnd(b_.CreateICmpEQ(a, least), b_.CreateICmpEQ(b, ones));
        traps = b_.CreateOr(by_zero, overflows);
    }
    Value* by = b_.CreateSelect(traps, one, b);
    if (remainder) {
        Value* rest = is_signed ? b_.CreateSRem(a, by) : b_.CreateURem(a, by);
        return b_.CreateSelect(by_zero, a, rest);
    }
    Value* quotient = is_signed ? b_.CreateSDiv(a, by) : b_.CreateUDiv(a, by);
    return b_.CreateSelect(by_zero, ones, quotient);
}

llvm::Value* Lowering::multiply_high(const Inst& inst, Value* a, Value* b) {
    const unsigned bits = ir::bits_of(inst.type);
    llvm::Type* twice = b_.getIntNTy(2 * bits);
    const bool is_signed = inst.opcode == Opcode::mul_high_s;
    const auto widen = [&](Value* x) {
        return is_signed ? b_.CreateSExt(x, twice) : b_.CreateZExt(x, twice);
    };
    Value* product = b_.CreateMul(widen(a), widen(b));
    return b_.CreateTrunc(b_.CreateLShr(product, bits), a->getType());
}

llvm::Value* Lowering::carryless(const Inst& inst, Value* a, Value* b) {
    if (!host_.clmul) throw Unsupported();
    const unsigned bits = ir::bits_of(inst.type);
    llvm::Type* pair = llvm::FixedVectorType::get(b_.getInt64Ty(), 2);
    const auto low = [&](Value* x) {
        return b_.CreateInsertElement(llvm::Constant::getNullValue(pair),
                                      b_.CreateZExt(x, b_.getInt64Ty()), u64{0});
    };
    Value* product =
        b_.CreateIntrinsic(llvm::Intrinsic::x86_pclmulqdq, {}, {low(a), low(b), b_.getInt8(0)});
    const bool high = inst.opcode == Opcode::clmul_high;
    Value* half = b_.CreateExtractElement(product, u64{high && bits == 64 ? 1u : 0u});
    if (high && bits < 64) half = b_.CreateLShr(half, bits);
    return b_.CreateTrunc(half, a->getType());
}

}  // namespace kiln::llvm_backend
