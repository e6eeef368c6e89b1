// Floating point on the host's instructions, under the guest's MXCSR. What the host does otherwise
// than the IR wants, another rounding mode than the one in MXCSR, and half precision are calls to
// software.
#include "cpu/rounding.h"
#include "jit/asmjit_backend/lowering.h"

namespace kiln::asmjit_backend {

using ir::Opcode;
using ir::Type;

namespace {

struct Instructions {
    x86::Inst::Id single;  // SSE
    x86::Inst::Id real;
    x86::Inst::Id avx_single;
    x86::Inst::Id avx_real;
};

// By opcode, from fadd.
constexpr std::array<Instructions, 5> kArithmetic = {{
    {x86::Inst::kIdAddss, x86::Inst::kIdAddsd, x86::Inst::kIdVaddss, x86::Inst::kIdVaddsd},
    {x86::Inst::kIdSubss, x86::Inst::kIdSubsd, x86::Inst::kIdVsubss, x86::Inst::kIdVsubsd},
    {x86::Inst::kIdMulss, x86::Inst::kIdMulsd, x86::Inst::kIdVmulss, x86::Inst::kIdVmulsd},
    {x86::Inst::kIdDivss, x86::Inst::kIdDivsd, x86::Inst::kIdVdivss, x86::Inst::kIdVdivsd},
    {x86::Inst::kIdSqrtss, x86::Inst::kIdSqrtsd, x86::Inst::kIdVsqrtss, x86::Inst::kIdVsqrtsd},
}};
static_assert(static_cast<int>(Opcode::fsqrt) - static_cast<int>(Opcode::fadd) == 4);

constexpr u64 kFlagInvalid = 16;

}  // namespace

bool Lowering::on_host(Type type) { return type == Type::kF32 || type == Type::kF64; }

void Lowering::lower_float(u32 index) {
    const Inst& inst = block_.insts[index];
    switch (inst.opcode) {
        case Opcode::fadd:
        case Opcode::fsub:
        case Opcode::fmul:
        case Opcode::fdiv:
        case Opcode::fsqrt:
            return arithmetic(index);
        case Opcode::fma:
            return fused(index);
        case Opcode::fcanonical:
            return canonical(index);
        case Opcode::feq:
        case Opcode::flt:
        case Opcode::fle:
            return compare_floats(index);
        case Opcode::fconvert:
            return convert(index);
        case Opcode::fto_int_s:
            return to_signed(index);
        case Opcode::fto_int_u:
            return to_unsigned(index);
        case Opcode::ffrom_int_s:
        case Opcode::ffrom_int_u:
            return from_integer(index);
        default:
            return raise_flags(index);
    }
}

void Lowering::arithmetic(u32 index) {
    const Inst& inst = block_.insts[index];
    if (!on_host(inst.type) || inst.imm != site_.host_rounding) return in_software(index);
    const Instructions& row =
        kArithmetic[static_cast<size_t>(inst.opcode) - static_cast<size_t>(Opcode::fadd)];
    const bool single = inst.type == Type::kF32;
    const ValueId first = inst.operands[0];
    const ValueId second = inst.opcode == Opcode::fsqrt ? first : inst.operands[1];
    if (host_.avx) {
        const x86::Xmm a = values_.xmm(first);
        const asmjit::Operand b = values_.float_source(second, ir::bytes_of(inst.type));
        const x86::Xmm to = values_.define_xmm(index, first);
        a_.emit(single ? row.avx_single : row.avx_real, to, a, b);
        // The bits above are the first operand's, here and below.
        set_boxed(index, is_boxed(first));
        return;
    }
    const x86::Xmm b = values_.xmm(second);
    const x86::Xmm result = values_.scratch_xmm();
    values_.load(result, first);
    a_.emit(single ? row.single : row.real, result, b);
    a_.movaps(values_.define_xmm(index), result);
    set_boxed(index, is_boxed(first));
}

// The host raises nothing for infinity times zero plus a quiet NaN; the IR wants invalid.
void Lowering::fused(u32 index) {
    const Inst& inst = block_.insts[index];
    if (!on_host(inst.type) || !host_.fma || inst.imm != site_.host_fma_rounding)
        return in_software(index);
    const bool single = inst.type == Type::kF32;
    const x86::Xmm a = values_.xmm(inst.operands[0]);
    const x86::Xmm b = values_.xmm(inst.operands[1]);
    const ValueId addend = inst.operands[2];
    const Values::Where c = values_.where(addend);
    const x86::Xmm product = values_.scratch_xmm();
    const x86::Xmm to = values_.define_xmm(index, addend);
    const bool over_factor = to.id() == a.id() || to.id() == b.id();
    const x86::Xmm sum = over_factor ? values_.scratch_xmm() : to;
    values_.move(sum, c);
    a_.emit(single ? x86::Inst::kIdVfmadd231ss : x86::Inst::kIdVfmadd231sd, sum, a, b);
    const asmjit::Label is_nan = a_.newLabel();
    const asmjit::Label done = a_.newLabel();
    unordered(single, sum, sum);
    a_.jp(is_nan);
    a_.bind(done);
    if (over_factor) a_.movaps(to, sum);
    set_boxed(index, is_boxed(addend));
    cold([=, this] {
        const x86::Mem mxcsr = x86::ptr(x86::rsp, native::kFrameBytes - 8, 4);
        a_.bind(is_nan);
        a_.stmxcsr(mxcsr);
        a_.movaps(product, a);
        a_.emit(single ? x86::Inst::kIdMulss : x86::Inst::kIdMulsd, product, b);
        unordered(single, product, product);
        a_.ldmxcsr(mxcsr);
        a_.jnp(done);
        unordered(single, a, b);
        a_.jp(done);
        a_.or_(state_at(offsetof(CpuState, soft_fflags), 4), kFlagInvalid);
        a_.jmp(done);
    });
}

// Sets PF where a or b is a NaN; raises invalid for signaling ones.
void Lowering::unordered(bool single, x86::Xmm a, x86::Xmm b) {
    a_.emit(single ? x86::Inst::kIdUcomiss : x86::Inst::kIdUcomisd, a, b);
}

void Lowering::compare_floats(u32 index) {
    const Inst& inst = block_.insts[index];
    const Type type = type_of(inst.operands[0]);
    if (!on_host(type)) return in_software(index);
    const bool single = type == Type::kF32;
    const x86::Xmm a = values_.xmm(inst.operands[0]);
    const x86::Xmm b = values_.xmm(inst.operands[1]);
    if (inst.opcode != Opcode::feq) {
        // b above a: false for NaNs.
        a_.emit(single ? x86::Inst::kIdComiss : x86::Inst::kIdComisd, b, a);
        return set_condition(index, inst.opcode == Opcode::flt ? Cc::kA : Cc::kAE);
    }
    const x86::Gp equal = values_.scratch().r8();
    const x86::Gp ordered = values_.scratch().r8();
    unordered(single, a, b);
    a_.sete(equal);
    a_.setnp(ordered);
    a_.and_(equal, ordered);
    a_.movzx(values_.define(index).r32(), equal);
}

void Lowering::convert(u32 index) {
    const Inst& inst = block_.insts[index];
    const Type from = type_of(inst.operands[0]);
    const bool widens = inst.type == Type::kF64;
    if (!on_host(inst.type) || !on_host(from) || (!widens && inst.imm != site_.host_rounding))
        return in_software(index);
    // In place: another destination would be a false dependency.
    const x86::Xmm to = values_.define_copy_xmm(index, inst.operands[0]);
    widens ? a_.cvtss2sd(to, to) : a_.cvtsd2ss(to, to);
}

// The host's instruction for one of the two formats, in MXCSR's mode or truncating.
void Lowering::convert_to_integer(x86::Gp to, x86::Xmm from, bool single, bool truncates) {
    if (single) {
        truncates ? a_.cvttss2si(to, from) : a_.cvtss2si(to, from);
    } else {
        truncates ? a_.cvttsd2si(to, from) : a_.cvtsd2si(to, from);
    }
}

// What does not fit gives the most negative number on the host, with the right flag; the IR wants
// the nearest that fits, the largest for NaN.
void Lowering::to_signed(u32 index) {
    const Inst& inst = block_.insts[index];
    const Type from = type_of(inst.operands[0]);
    const bool truncates = inst.imm == static_cast<u64>(Rounding::kRtz);
    const unsigned bytes = ir::bytes_of(inst.type);
    if (!on_host(from) || bytes < 4 || (!truncates && inst.imm != site_.host_rounding))
        return in_software(index);
    const bool single = from == Type::kF32;
    const x86::Xmm x = values_.xmm(inst.operands[0]);
    const x86::Xmm zero = values_.scratch_xmm();
    const x86::Gp to = values_.define(index);
    const asmjit::Label extreme = a_.newLabel();
    const asmjit::Label done = a_.newLabel();
    convert_to_integer(sized(to, bytes), x, single, truncates);
    // Overflows for the most negative number only.
    a_.cmp(sized(to, bytes), 1);
    a_.jo(extreme);
    a_.bind(done);
    cold([=, this] {
        const asmjit::Label largest = a_.newLabel();
        a_.bind(extreme);
        a_.xorps(zero, zero);
        unordered(single, x, zero);
        a_.jp(largest);
        a_.jbe(done);
        a_.bind(largest);
        a_.sub(sized(to, bytes), 1);
        a_.jmp(done);
    });
}

// In the lower half of the range the host's signed conversion is right, and its flags.
void Lowering::to_unsigned(u32 index) {
    const Inst& inst = block_.insts[index];
    const Type from = type_of(inst.operands[0]);
    const bool truncates = inst.imm == static_cast<u64>(Rounding::kRtz);
    const unsigned bits = ir::bits_of(inst.type);
    if (!on_host(from) || bits < 32 || (!truncates && inst.imm != site_.host_rounding))
        return in_software(index);
    const bool single = from == Type::kF32;
    const unsigned fraction = single ? 23 : 52;
    const unsigned bias = single ? 127 : 1023;
    const x86::Xmm x = values_.xmm(inst.operands[0]);
    const Values::Where source = values_.where(inst.operands[0]);
    const x86::Gp exponent = values_.scratch();
    const x86::Gp to = values_.define(index);
    const asmjit::Label outside = a_.newLabel();
    const asmjit::Label done = a_.newLabel();
    if (single) {
        a_.movd(exponent.r32(), x);
    } else {
        a_.movq(exponent, x);
    }
    a_.shr(single ? exponent.r32() : exponent, fraction);
    a_.cmp(exponent.r32(), bias + bits - 1);
    a_.jae(outside);
    convert_to_integer(to, x, single, truncates);
    a_.bind(done);
    cold([=, this] {
        a_.bind(outside);
        slow_argument(0, source, 8);
        call_software(index);
        a_.mov(to, state_at(offsetof(CpuState, native.result)));
        a_.jmp(done);
    });
}

void Lowering::from_integer(u32 index) {
    const Inst& inst = block_.insts[index];
    const ValueId from = inst.operands[0];
    const unsigned bits = ir::bits_of(type_of(from));
    const bool is_signed = inst.opcode == Opcode::ffrom_int_s;
    const bool exact = bits == 32 && inst.type == Type::kF64;
    if (!on_host(inst.type) || bits < 32 || (!exact && inst.imm != site_.host_rounding))
        return in_software(index);
    x86::Gp value = values_.gpr(from);
    const Values::Where source = values_.where(from);
    const asmjit::Label too_large = a_.newLabel();
    const asmjit::Label done = a_.newLabel();
    if (!is_signed && bits == 32) {
        const x86::Gp wide = values_.scratch();
        a_.mov(wide.r32(), value.r32());
        value = wide;
    }
    const x86::Xmm to = values_.define_xmm(index);
    if (!is_signed && bits == 64) {
        a_.test(value, value);
        a_.js(too_large);
        cold([=, this] {
            a_.bind(too_large);
            slow_argument(0, source, 8);
            call_software(index);
            a_.movq(to, state_at(offsetof(CpuState, native.result)));
            a_.jmp(done);
        });
    }
    // Else the result would wait for what the register held.
    a_.xorps(to, to);
    const x86::Gp operand = is_signed && bits == 32 ? value.r32() : value;
    inst.type == Type::kF32 ? a_.cvtsi2ss(to, operand) : a_.cvtsi2sd(to, operand);
    a_.bind(done);
}

void Lowering::raise_flags(u32 index) {
    const Inst& inst = block_.insts[index];
    const Cc cc = test(inst.operands[0]);
    const asmjit::Label raises = a_.newLabel();
    const asmjit::Label done = a_.newLabel();
    a_.j(cc, raises);
    a_.bind(done);
    cold([=, this, flags = inst.imm] {
        a_.bind(raises);
        a_.or_(state_at(offsetof(CpuState, soft_fflags), 4), static_cast<i32>(flags));
        a_.jmp(done);
    });
}

// Calls the software for an operation whose operands are in place.
void Lowering::call_software(u32 index) {
    const Inst& inst = block_.insts[index];
    slow_argument(3, native::pack_float_call(
                         static_cast<u8>(inst.opcode), static_cast<u8>(inst.type),
                         static_cast<u8>(type_of(inst.operands[0])), static_cast<u8>(inst.imm)));
    a_.call(slot_of(native::Symbol::kFloat));
}

void Lowering::in_software(u32 index) {
    const Inst& inst = block_.insts[index];
    for (unsigned k = 0; k < inst.arity(); ++k)
        slow_argument(k, values_.where(inst.operands[k]), 8);
    call_software(index);
    if (ir::is_float(inst.type)) {
        a_.movq(values_.define_xmm(index), state_at(offsetof(CpuState, native.result)));
    } else {
        a_.mov(values_.define(index), state_at(offsetof(CpuState, native.result)));
    }
}

// A choice that is nearly always the same way (whether a number is boxed): by a branch, so that
// what follows does not wait for the condition.
void Lowering::select_float(u32 index) {
    const Inst& inst = block_.insts[index];
    Cc cc = test(inst.operands[0]);
    values_.unlock();
    Values::Where usual = values_.where(inst.operands[1]);
    Values::Where other = values_.where(inst.operands[2]);
    const x86::Xmm to = values_.define_xmm(index, inst.operands[1]);
    if (other.xmm == to.id()) {
        std::swap(usual, other);
        cc = x86::negateCond(cc);
    }
    if (unboxes(inst)) {
        other.bits |= kBox;
        set_boxed(index);
    }
    const asmjit::Label otherwise = a_.newLabel();
    const asmjit::Label done = a_.newLabel();
    values_.move(to, usual);
    a_.j(x86::negateCond(cc), otherwise);
    a_.bind(done);
    cold([=, this] {
        a_.bind(otherwise);
        values_.move(to, other);
        a_.jmp(done);
    });
}

bool Lowering::bitwise_float(u32 index) {
    const Inst& inst = block_.insts[index];
    ValueId first = inst.operands[0];
    ValueId second = inst.operands[1];
    if (values_.is_constant(first)) std::swap(first, second);
    if (!values_.in_xmm(first)) return false;
    if (!values_.is_constant(second) && !values_.in_xmm(second)) return false;
    const auto op = inst.opcode == Opcode::bit_and  ? x86::Inst::kIdAndps
                    : inst.opcode == Opcode::bit_or ? x86::Inst::kIdOrps
                                                    : x86::Inst::kIdXorps;
    if (values_.is_constant(second)) {
        const x86::Xmm to = values_.define_copy_xmm(index, first);
        a_.emit(op, to, literal(values_.constant(second)));
        return true;
    }
    const x86::Xmm b = values_.xmm(second);
    const x86::Xmm a = values_.xmm(first);
    const x86::Xmm to = values_.define_xmm(index, first);
    if (to.id() == b.id()) {
        a_.emit(op, to, a);
        return true;
    }
    if (to.id() != a.id()) a_.movaps(to, a);
    a_.emit(op, to, b);
    return true;
}

// A constant of 64 bits behind the code, where an SSE operand of 16 bytes may lie.
x86::Mem Lowering::literal(u64 bits) {
    for (const auto& [label, known] : literals_)
        if (known == bits) return x86::ptr(label);
    literals_.emplace_back(a_.newLabel(), bits);
    return x86::ptr(literals_.back().first);
}

void Lowering::write_literals() {
    if (literals_.empty()) return;
    a_.align(asmjit::AlignMode::kZero, 16);
    for (const auto& [label, bits] : literals_) {
        a_.bind(label);
        a_.embedUInt64(bits);
        a_.embedUInt64(0);
    }
}

}  // namespace kiln::asmjit_backend
