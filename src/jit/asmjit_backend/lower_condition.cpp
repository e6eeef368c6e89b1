// Comparisons and what depends on them. A comparison with one user that branches is made there; any
// other leaves 0 or 1 in a register.
#include "jit/asmjit_backend/lowering.h"

namespace kiln::asmjit_backend {

using ir::Opcode;

namespace {

using Cc = x86::CondCode;

Cc condition_code(Opcode opcode) {
    switch (opcode) {
        case Opcode::eq:
            return Cc::kE;
        case Opcode::ne:
            return Cc::kNE;
        case Opcode::lt_u:
            return Cc::kB;
        case Opcode::le_u:
            return Cc::kBE;
        case Opcode::lt_s:
            return Cc::kL;
        default:
            return Cc::kLE;
    }
}

// The condition with its operands exchanged.
Cc exchanged(Cc cc) {
    switch (cc) {
        case Cc::kB:
            return Cc::kA;
        case Cc::kBE:
            return Cc::kAE;
        case Cc::kL:
            return Cc::kG;
        case Cc::kLE:
            return Cc::kGE;
        default:
            return cc;
    }
}

}  // namespace

x86::CondCode Lowering::compare(const Inst& comparison) {
    ValueId first = comparison.operands[0];
    ValueId second = comparison.operands[1];
    Cc cc = condition_code(comparison.opcode);
    const unsigned bytes = size_of(type_of(first));
    if (values_.is_constant(first)) {
        std::swap(first, second);
        cc = exchanged(cc);
    }
    if (bytes == 8 && values_.is_constant(second) && compare_upper_half(first, second, cc))
        return cc;
    const x86::Gp a = sized(values_.gpr(first), bytes);
    const bool zero = values_.is_constant(second) && values_.constant(second) == 0;
    if (zero && (cc == Cc::kE || cc == Cc::kNE)) {
        a_.test(a, a);
        return cc;
    }
    if (values_.is_constant(second) && bytes < 4) {
        a_.cmp(a, asmjit::Imm(values_.constant(second)));
        return cc;
    }
    a_.emit(x86::Inst::kIdCmp, a, values_.source(second, bytes));
    return cc;
}

// A value above, or not above, a constant whose lower half is all ones (whether a number is boxed):
// the upper halves decide, and that of a value in a floating-point register is had for less.
bool Lowering::compare_upper_half(ValueId value, ValueId constant, Cc cc) {
    const u64 bits = values_.constant(constant);
    if ((cc != Cc::kA && cc != Cc::kBE) || static_cast<u32>(bits) != 0xffffffff) return false;
    const x86::Gp upper = values_.scratch();
    if (!values_.in_gpr(value) && values_.in_xmm(value) && host_.sse41) {
        a_.pextrd(upper.r32(), values_.xmm(value), 1);
    } else {
        values_.load(upper, value);
        a_.shr(upper, 32);
    }
    a_.cmp(upper.r32(), static_cast<i32>(bits >> 32));
    return true;
}

x86::CondCode Lowering::test(ValueId condition) {
    if (is_deferred(condition)) return compare(inst_of(condition));
    const x86::Gp a = values_.gpr(condition).r32();
    a_.test(a, a);
    return Cc::kNE;
}

void Lowering::lower_comparison(u32 index) {
    const Cc cc = compare(block_.insts[index]);
    set_condition(index, cc);
}

void Lowering::set_condition(u32 index, Cc cc) {
    const x86::Gp byte = values_.scratch().r8();
    a_.set(cc, byte);
    const x86::Gp to = values_.define(index);
    a_.movzx(to.r32(), byte);
}

void Lowering::lower_select(u32 index) {
    const Inst& inst = block_.insts[index];
    if (plan_[index].wants_xmm || ir::is_float(inst.type)) return select_float(index);
    const unsigned bytes = inst.type == Type::kI64 ? 8 : 4;
    const ValueId yes = inst.operands[1];
    const ValueId no = inst.operands[2];
    const Cc cc = test(inst.operands[0]);
    // What follows are moves, which keep the flags.
    values_.unlock();
    const asmjit::Operand chosen = values_.source(yes, bytes, false);
    const Values::Where other = values_.where(no);
    const x86::Gp to = values_.define(index, no);
    const bool over_chosen = chosen.isReg() && chosen.as<x86::Gp>().id() == to.id();
    if (over_chosen && other.gpr != to.id()) {
        const x86::Gp aside =
            other.gpr != Values::kNowhere ? x86::gpq(other.gpr) : values_.scratch();
        values_.move(aside, other);
        a_.emit(x86::Inst::cmovccFromCond(x86::negateCond(cc)), sized(to, bytes),
                sized(aside, bytes));
        return;
    }
    values_.move(to, other);
    a_.emit(x86::Inst::cmovccFromCond(cc), sized(to, bytes), chosen);
}

}  // namespace kiln::asmjit_backend
