// Integer operations. Those on 8 and 16 bits are made on 32: bits above a type are anything, so
// only what looks at them extends its operands first.
#include "jit/asmjit_backend/lowering.h"

namespace kiln::asmjit_backend {

using ir::Opcode;

namespace {

x86::Inst::Id bitwise_instruction(Opcode opcode) {
    switch (opcode) {
        case Opcode::bit_and:
            return x86::Inst::kIdAnd;
        case Opcode::bit_or:
            return x86::Inst::kIdOr;
        default:
            return x86::Inst::kIdXor;
    }
}

// By cl or a constant; by any register (BMI2).
static_assert(static_cast<int>(Opcode::rotr) - static_cast<int>(Opcode::shl) == 3);
constexpr std::array<x86::Inst::Id, 4> kShifts = {x86::Inst::kIdShl, x86::Inst::kIdShr,
                                                  x86::Inst::kIdSar, x86::Inst::kIdRor};
constexpr std::array<x86::Inst::Id, 3> kFreeShifts = {x86::Inst::kIdShlx, x86::Inst::kIdShrx,
                                                      x86::Inst::kIdSarx};

}  // namespace

void Lowering::lower_integer(u32 index) {
    switch (block_.insts[index].opcode) {
        case Opcode::add:
            return add(index);
        case Opcode::sub:
            return binary(index, x86::Inst::kIdSub, false);
        case Opcode::mul:
            return multiply(index);
        case Opcode::mul_high_u:
            return multiply_high(index, false);
        case Opcode::mul_high_s:
            return multiply_high(index, true);
        case Opcode::div_u:
            return divide(index, false, false);
        case Opcode::div_s:
            return divide(index, true, false);
        case Opcode::rem_u:
            return divide(index, false, true);
        case Opcode::rem_s:
            return divide(index, true, true);
        case Opcode::bit_and:
        case Opcode::bit_or:
        case Opcode::bit_xor:
            return bitwise(index);
        case Opcode::shl:
        case Opcode::shr:
        case Opcode::sar:
        case Opcode::rotr:
            return shift(index);
        case Opcode::clz:
        case Opcode::ctz:
            return count_zeros(index);
        case Opcode::popcount:
            return population(index);
        case Opcode::byte_swap:
            return swap_bytes(index);
        case Opcode::clmul:
            return carryless(index, false);
        case Opcode::clmul_high:
            return carryless(index, true);
        case Opcode::zext:
        case Opcode::sext:
            return extend(index);
        default:
            throw Unsupported();
    }
}

// to = a op b, where the host has to = to op b.
void Lowering::binary(u32 index, x86::Inst::Id op, bool commutative) {
    const Inst& inst = block_.insts[index];
    ValueId first = inst.operands[0];
    ValueId second = inst.operands[1];
    const bool swap = commutative && (values_.is_constant(first) ||
                                      (!values_.dies(first) && values_.dies(second)));
    if (swap) std::swap(first, second);
    const unsigned bytes = inst.type == Type::kI64 ? 8 : 4;
    const asmjit::Operand b = values_.source(second, bytes);
    const bool first_in_register = values_.in_gpr(first);
    const x86::Gp a = first_in_register ? values_.gpr(first) : x86::Gp();
    const x86::Gp to = values_.define(index, first);
    const bool over_b = b.isReg() && b.as<x86::Gp>().id() == to.id();
    if (over_b && !(first_in_register && a.id() == to.id())) {
        if (commutative) {
            a_.emit(op, sized(to, bytes),
                    first_in_register ? asmjit::Operand(sized(a, bytes))
                                      : values_.source(first, bytes));
            return;
        }
        const x86::Gp aside = values_.scratch();
        values_.load(aside, first);
        a_.emit(op, sized(aside, bytes), b);
        a_.mov(to, aside);
        return;
    }
    if (!first_in_register) {
        values_.load(to, first);
    } else if (a.id() != to.id()) {
        a_.mov(sized(to, bytes), sized(a, bytes));
    }
    a_.emit(op, sized(to, bytes), b);
}

// Sums of what is in registers may go anywhere.
void Lowering::add(u32 index) {
    const Inst& inst = block_.insts[index];
    ValueId first = inst.operands[0];
    ValueId second = inst.operands[1];
    if (values_.is_constant(first)) std::swap(first, second);
    const unsigned bytes = inst.type == Type::kI64 ? 8 : 4;
    const bool has_registers =
        values_.in_gpr(first) && (values_.in_gpr(second) || values_.is_constant(second));
    if (!has_registers) return binary(index, x86::Inst::kIdAdd, true);
    const x86::Gp a = values_.gpr(first);
    const asmjit::Operand b = values_.source(second, bytes);
    const x86::Gp to = values_.define(index, first);
    if (to.id() == a.id()) {
        a_.emit(x86::Inst::kIdAdd, sized(to, bytes), b);
    } else if (b.isImm()) {
        a_.lea(sized(to, bytes), x86::ptr(a, b.as<asmjit::Imm>().valueAs<i32>()));
    } else if (b.as<x86::Gp>().id() == to.id()) {
        a_.add(sized(to, bytes), sized(a, bytes));
    } else {
        a_.lea(sized(to, bytes), x86::ptr(a, b.as<x86::Gp>().r64()));
    }
}

void Lowering::multiply(u32 index) {
    const Inst& inst = block_.insts[index];
    const unsigned bytes = inst.type == Type::kI64 ? 8 : 4;
    if (values_.is_constant(inst.operands[1])) {
        const asmjit::Operand factor = values_.source(inst.operands[1], bytes);
        if (factor.isImm()) {
            const x86::Gp a = values_.gpr(inst.operands[0]);
            const x86::Gp to = values_.define(index, inst.operands[0]);
            a_.imul(sized(to, bytes), sized(a, bytes), factor.as<asmjit::Imm>());
            return;
        }
    }
    binary(index, x86::Inst::kIdImul, true);
}

void Lowering::load_extended(x86::Gp to, ValueId id, bool is_signed) {
    values_.load(to, id);
    extend_in_place(to, type_of(id), is_signed);
}

void Lowering::extend_in_place(x86::Gp to, Type type, bool is_signed) {
    const unsigned bytes = ir::bytes_of(type);
    if (bytes >= 4) return;
    if (is_signed) {
        a_.movsx(to.r32(), sized(to, bytes));
    } else {
        a_.movzx(to.r32(), sized(to, bytes));
    }
}

void Lowering::multiply_high(u32 index, bool is_signed) {
    const Inst& inst = block_.insts[index];
    const unsigned bytes = ir::bytes_of(inst.type);
    if (bytes < 8) {
        const x86::Gp a = values_.scratch();
        const x86::Gp b = values_.scratch();
        for (const auto& [to, id] : {std::pair(a, inst.operands[0]), {b, inst.operands[1]}}) {
            load_extended(to, id, is_signed);
            if (is_signed) {
                a_.movsxd(to, to.r32());
            } else {
                a_.mov(to.r32(), to.r32());
            }
        }
        a_.imul(a, b);
        a_.shr(a, bytes * 8);
        const x86::Gp to = values_.define(index);
        a_.mov(to, a);
        return;
    }
    const x86::Gp low = values_.take(x86::rax);
    const x86::Gp saved = values_.scratch();
    const asmjit::Operand b = values_.source(inst.operands[1], 8, false);
    values_.load(low, inst.operands[0]);
    a_.mov(saved, x86::rdx);
    a_.emit(is_signed ? x86::Inst::kIdImul : x86::Inst::kIdMul, x86::rdx, x86::rax, b);
    a_.mov(low, x86::rdx);
    a_.mov(x86::rdx, saved);
    const x86::Gp to = values_.define(index);
    a_.mov(to, low);
}

// The host traps on division by zero and on overflow, so both go aside. A quotient by zero is all
// ones, a remainder the dividend; by minus one they are the negated dividend and zero.
void Lowering::divide(u32 index, bool is_signed, bool remainder) {
    const Inst& inst = block_.insts[index];
    const unsigned bytes = inst.type == Type::kI64 ? 8 : 4;
    const x86::Gp a = values_.take(x86::rax);
    const x86::Gp b = values_.scratch();
    const x86::Gp saved = values_.scratch();
    load_extended(b, inst.operands[1], is_signed);
    load_extended(a, inst.operands[0], is_signed);
    const asmjit::Label by_zero = a_.newLabel();
    const asmjit::Label by_minus_one = a_.newLabel();
    const asmjit::Label done = a_.newLabel();
    a_.test(sized(b, bytes), sized(b, bytes));
    a_.jz(by_zero);
    if (is_signed) {
        a_.cmp(sized(b, bytes), -1);
        a_.je(by_minus_one);
    }
    a_.mov(saved, x86::rdx);
    const x86::Gp high = sized(x86::rdx, bytes);
    const x86::Gp low = sized(x86::rax, bytes);
    if (!is_signed) {
        a_.xor_(x86::edx, x86::edx);
        a_.div(high, low, sized(b, bytes));
    } else if (bytes == 8) {
        a_.cqo(high, low);
        a_.idiv(high, low, b);
    } else {
        a_.cdq(high, low);
        a_.idiv(high, low, sized(b, bytes));
    }
    if (remainder) a_.mov(low, high);
    a_.mov(x86::rdx, saved);
    a_.bind(done);
    // What is divided by zero may be its own remainder: with other bits above it than zeros.
    const x86::Gp to = values_.define(index);
    a_.mov(operand_sized(to, inst.type), operand_sized(a, inst.type));
    cold([=, this] {
        a_.bind(by_zero);
        if (!remainder) a_.mov(sized(a, bytes), -1);
        a_.jmp(done);
        a_.bind(by_minus_one);
        if (!is_signed) return;
        if (remainder) {
            a_.xor_(a.r32(), a.r32());
        } else {
            a_.neg(sized(a, bytes));
        }
        a_.jmp(done);
    });
}

void Lowering::bitwise(u32 index) {
    const Inst& inst = block_.insts[index];
    if (plan_[index].in_place) return box(index);
    if (plan_[index].wants_xmm && bitwise_float(index)) return;
    binary(index, bitwise_instruction(inst.opcode), true);
}

void Lowering::shift(u32 index) {
    const Inst& inst = block_.insts[index];
    const unsigned bits = ir::bits_of(inst.type);
    const unsigned bytes = inst.type == Type::kI64 ? 8 : 4;
    const ValueId value = inst.operands[0];
    const size_t row = static_cast<size_t>(inst.opcode) - static_cast<size_t>(Opcode::shl);
    const bool narrow_type = bits < 32;
    const bool rotates = inst.opcode == Opcode::rotr;
    // A rotation is one of the type's own width.
    const auto wide = [&](x86::Gp reg) {
        return sized(reg, rotates && narrow_type ? bits / 8 : bytes);
    };
    const bool by_constant = values_.is_constant(inst.operands[1]);
    if (by_constant) {
        const u64 amount = values_.constant(inst.operands[1]) & (bits - 1);
        const x86::Gp to = values_.define_copy(index, value);
        extend_in_place(to, inst.type, inst.opcode == Opcode::sar);
        a_.emit(kShifts[row], wide(to), asmjit::Imm(amount));
        return;
    }
    if (host_.bmi2 && !narrow_type && !rotates) {
        const x86::Gp amount = values_.gpr(inst.operands[1]);
        const x86::Gp from = values_.gpr(value);
        const x86::Gp to = values_.define(index, value);
        a_.emit(kFreeShifts[row], sized(to, bytes), sized(from, bytes), sized(amount, bytes));
        return;
    }
    // The amount goes to cl for the time of the shift.
    const x86::Gp result = values_.scratch();
    const x86::Gp amount = values_.scratch();
    values_.load(amount, inst.operands[1]);
    load_extended(result, value, inst.opcode == Opcode::sar);
    if (narrow_type) a_.and_(amount.r32(), bits - 1);
    a_.xchg(x86::rcx, amount);
    a_.emit(kShifts[row], wide(result), x86::cl);
    a_.xchg(x86::rcx, amount);
    const x86::Gp to = values_.define(index);
    a_.mov(to, result);
}

void Lowering::extend(u32 index) {
    const Inst& inst = block_.insts[index];
    const ValueId from = inst.operands[0];
    const unsigned bytes = size_of(type_of(from));
    const bool is_signed = inst.opcode == Opcode::sext;
    if (type_of(from) == Type::kI1) {
        a_.neg(operand_sized(values_.define_copy(index, from), inst.type));
        return;
    }
    const asmjit::Operand source = values_.source(from, bytes, false);
    const x86::Gp to = values_.define(index, from);
    const x86::Gp wide = operand_sized(to, inst.type);
    if (bytes == 4 && is_signed) {
        a_.emit(x86::Inst::kIdMovsxd, wide, source);
    } else if (bytes == 4) {
        a_.emit(x86::Inst::kIdMov, to.r32(), source);
    } else {
        a_.emit(is_signed ? x86::Inst::kIdMovsx : x86::Inst::kIdMovzx, is_signed ? wide : to.r32(),
                source);
    }
}

}  // namespace kiln::asmjit_backend
