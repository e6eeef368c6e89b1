// Meaning of the floating-point instructions: F, D, Zfh, by format.
#pragma once

#include "cpu/riscv/sem_int.h"

namespace kiln::riscv::sem {

inline constexpr u32 kFlagInvalid = 16;  // fflags.NV

template <class F, class M>
void fadd(M& m, const Operands& o) {
    auto a = m.template f<F>(o.rs1);
    auto b = m.template f<F>(o.rs2);
    auto sum = m.fadd(a, b, o.rm());
    if (m.faulted()) return;
    m.template set_f<F>(o.rd, sum);
}
template <class F, class M>
void fsub(M& m, const Operands& o) {
    auto a = m.template f<F>(o.rs1);
    auto b = m.template f<F>(o.rs2);
    auto difference = m.fsub(a, b, o.rm());
    if (m.faulted()) return;
    m.template set_f<F>(o.rd, difference);
}
template <class F, class M>
void fmul(M& m, const Operands& o) {
    auto a = m.template f<F>(o.rs1);
    auto b = m.template f<F>(o.rs2);
    auto product = m.fmul(a, b, o.rm());
    if (m.faulted()) return;
    m.template set_f<F>(o.rd, product);
}
template <class F, class M>
void fdiv(M& m, const Operands& o) {
    auto a = m.template f<F>(o.rs1);
    auto b = m.template f<F>(o.rs2);
    auto quotient = m.fdiv(a, b, o.rm());
    if (m.faulted()) return;
    m.template set_f<F>(o.rd, quotient);
}
template <class F, class M>
void fsqrt(M& m, const Operands& o) {
    auto a = m.template f<F>(o.rs1);
    auto root = m.fsqrt(a, o.rm());
    if (m.faulted()) return;
    m.template set_f<F>(o.rd, root);
}

// a * b + c, with the signs of the product and of c as the four instructions have them.
template <class F, class M>
auto flip_sign(M& m, typename M::template Value<F> value) {
    auto bits = m.as_bits(value);
    auto sign = m.template imm<Storage<F>>(M::template kSign<F>);
    return m.template as_float<F>(m.bit_xor(bits, sign));
}
template <class F, bool kNegateProduct, bool kNegateAddend, class M>
void fused(M& m, const Operands& o) {
    auto a = m.template f<F>(o.rs1);
    auto b = m.template f<F>(o.rs2);
    auto c = m.template f<F>(o.rs3());
    if constexpr (kNegateProduct) a = flip_sign<F>(m, a);
    if constexpr (kNegateAddend) c = flip_sign<F>(m, c);
    auto result = m.fma(a, b, c, o.rm());
    if (m.faulted()) return;
    m.template set_f<F>(o.rd, result);
}
template <class F, class M>
void fmadd(M& m, const Operands& o) {
    fused<F, false, false>(m, o);
}
template <class F, class M>
void fmsub(M& m, const Operands& o) {
    fused<F, false, true>(m, o);
}
template <class F, class M>
void fnmsub(M& m, const Operands& o) {
    fused<F, true, false>(m, o);
}
template <class F, class M>
void fnmadd(M& m, const Operands& o) {
    fused<F, true, true>(m, o);
}

// Sign injection moves bits: no flags, NaNs as they are.
template <class F, class M, class Op>
void inject_sign(M& m, const Operands& o, Op op) {
    using B = Storage<F>;
    auto a = m.template f_bits<F>(o.rs1);
    auto b = m.template f_bits<F>(o.rs2);
    auto sign = m.bit_and(op(a, b), m.template imm<B>(M::template kSign<F>));
    auto magnitude = m.bit_and(a, m.template imm<B>(static_cast<B>(~M::template kSign<F>)));
    m.template set_f_bits<F>(o.rd, m.bit_or(magnitude, sign));
}
template <class F, class M>
void fsgnj(M& m, const Operands& o) {
    inject_sign<F>(m, o, [&](auto, auto b) { return b; });
}
template <class F, class M>
void fsgnjn(M& m, const Operands& o) {
    inject_sign<F>(m, o, [&](auto, auto b) {
        return m.bit_xor(b, m.template imm<Storage<F>>(M::template kSign<F>));
    });
}
template <class F, class M>
void fsgnjx(M& m, const Operands& o) {
    inject_sign<F>(m, o, [&](auto a, auto b) { return m.bit_xor(a, b); });
}

// Minimum and maximum on the encodings: as integers of sign and magnitude they order like the
// values, with -0 below +0. One NaN gives the other operand, two give the canonical NaN.
template <class F, class M>
auto ordered_key(M& m, typename M::template Value<Storage<F>> bits) {
    using B = Storage<F>;
    auto width = m.template imm<B>(sizeof(B) * 8 - 1);
    auto negative = m.sar(bits, width);
    auto flip = m.bit_and(negative, m.template imm<B>(static_cast<B>(~M::template kSign<F>)));
    return m.bit_xor(bits, flip);
}
template <class F, bool kMaximum, class M>
void min_max(M& m, const Operands& o) {
    auto a = m.template f_bits<F>(o.rs1);
    auto b = m.template f_bits<F>(o.rs2);
    auto signaling = m.flag_or(m.template is_signaling<F>(a), m.template is_signaling<F>(b));
    m.fraise(signaling, kFlagInvalid);
    auto less = m.lt_s(ordered_key<F>(m, a), ordered_key<F>(m, b));
    auto ordered = kMaximum ? m.select(less, b, a) : m.select(less, a, b);
    auto if_a_is_nan = m.select(m.template is_nan<F>(b), m.template canonical_nan<F>(), b);
    auto no_b = m.select(m.template is_nan<F>(b), a, ordered);
    m.template set_f_bits<F>(o.rd, m.select(m.template is_nan<F>(a), if_a_is_nan, no_b));
}
template <class F, class M>
void fmin(M& m, const Operands& o) {
    min_max<F, false>(m, o);
}
template <class F, class M>
void fmax(M& m, const Operands& o) {
    min_max<F, true>(m, o);
}

template <class F, class M>
void feq(M& m, const Operands& o) {
    auto a = m.template f<F>(o.rs1);
    auto b = m.template f<F>(o.rs2);
    auto holds = m.feq(a, b);
    if (m.faulted()) return;
    m.set_x(o.rd, bool_x(m, holds));
}
template <class F, class M>
void flt(M& m, const Operands& o) {
    auto a = m.template f<F>(o.rs1);
    auto b = m.template f<F>(o.rs2);
    auto holds = m.flt(a, b);
    if (m.faulted()) return;
    m.set_x(o.rd, bool_x(m, holds));
}
template <class F, class M>
void fle(M& m, const Operands& o) {
    auto a = m.template f<F>(o.rs1);
    auto b = m.template f<F>(o.rs2);
    auto holds = m.fle(a, b);
    if (m.faulted()) return;
    m.set_x(o.rd, bool_x(m, holds));
}

// fclass: one of ten bits (table "Format of result of FCLASS instruction").
template <class F, class M>
void fclass(M& m, const Operands& o) {
    using B = Storage<F>;
    auto bits = m.template f_bits<F>(o.rs1);
    auto constant = [&](u64 value) { return m.template imm<B>(static_cast<B>(value)); };
    auto magnitude = m.bit_and(bits, constant(static_cast<B>(~M::template kSign<F>)));
    auto negative = m.lt_s(bits, constant(0));
    constexpr B kInf = M::template kInfinity<F>;
    // The lowest bit of the exponent: the smallest normal number.
    constexpr B kNormal = static_cast<B>(kInf & -kInf);
    auto finite =
        m.select(m.lt_u(magnitude, constant(kNormal)), constant(1 << 5), constant(1 << 6));
    finite = m.select(m.eq(magnitude, constant(0)), constant(1 << 4), finite);
    auto positive = m.select(m.eq(magnitude, constant(kInf)), constant(1 << 7), finite);
    auto lower = m.select(m.lt_u(magnitude, constant(kNormal)), constant(1 << 2), constant(1 << 1));
    lower = m.select(m.eq(magnitude, constant(0)), constant(1 << 3), lower);
    auto below = m.select(m.eq(magnitude, constant(kInf)), constant(1 << 0), lower);
    auto number = m.select(negative, below, positive);
    auto nan = m.select(m.template is_signaling<F>(bits), constant(1 << 8), constant(1 << 9));
    auto result = m.select(m.template is_nan<F>(bits), nan, number);
    if constexpr (sizeof(B) > sizeof(typename M::Reg)) {
        m.set_x(o.rd, m.template trunc<typename M::Reg>(result));
    } else {
        m.set_x(o.rd, m.template zext<typename M::Reg>(result));
    }
}

// Conversions. 32-bit integers are sign-extended, unsigned ones too.
template <class F, class Int, class M>
void fcvt_to_int(M& m, const Operands& o) {
    auto a = m.template f<F>(o.rs1);
    auto value = m.template fto_int<Int>(a, o.rm());
    if (m.faulted()) return;
    if constexpr (sizeof(Int) == 4) {
        m.set_x_w(o.rd, value);
    } else {
        m.set_x(o.rd, value);
    }
}
template <class F, class Int, class M>
void fcvt_from_int(M& m, const Operands& o) {
    if constexpr (sizeof(Int) == 4) {
        auto value = m.w(o.rs1);
        auto result = m.template ffrom_int<F, Int>(value, o.rm());
        if (m.faulted()) return;
        m.template set_f<F>(o.rd, result);
    } else {
        auto value = m.x(o.rs1);
        auto result = m.template ffrom_int<F, Int>(value, o.rm());
        if (m.faulted()) return;
        m.template set_f<F>(o.rd, result);
    }
}
template <class To, class From, class M>
void fcvt(M& m, const Operands& o) {
    auto a = m.template f<From>(o.rs1);
    auto result = m.template fconvert<To>(a, o.rm());
    if (m.faulted()) return;
    m.template set_f<To>(o.rd, result);
}

// Moves between the register files take the low bits, boxed or not, and sign-extend.
template <class F, class M>
void fmv_to_int(M& m, const Operands& o) {
    auto whole = m.template get<u64>(f_offset(o.rs1));
    if constexpr (sizeof(Storage<F>) == 8) {
        m.set_x(o.rd, whole);
    } else {
        auto low = m.template trunc<Storage<F>>(whole);
        m.set_x(o.rd, m.template sext<typename M::Reg>(low));
    }
}
template <class F, class M>
void fmv_from_int(M& m, const Operands& o) {
    auto value = m.x(o.rs1);
    m.template set_f_bits<F>(o.rd, m.template trunc<Storage<F>>(value));
}

}  // namespace kiln::riscv::sem
