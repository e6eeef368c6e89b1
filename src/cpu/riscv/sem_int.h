// Meaning of the integer instructions: RV32I, RV64I, M, Zicond (ISA manual, chapters of the same
// names).
#pragma once

#include "cpu/riscv/causes.h"
#include "cpu/riscv/machine_view.h"

namespace kiln::riscv::sem {

// The regular shapes: two registers, register and immediate, and their 32-bit forms.
template <class M, class Op>
void binary(M& m, const Operands& o, Op op) {
    auto a = m.x(o.rs1);
    auto b = m.x(o.rs2);
    m.set_x(o.rd, op(a, b));
}
template <class M, class Op>
void binary_imm(M& m, const Operands& o, Op op) {
    auto a = m.x(o.rs1);
    m.set_x(o.rd, op(a, m.imm_x(o.imm)));
}
template <class M, class Op>
void unary(M& m, const Operands& o, Op op) {
    auto a = m.x(o.rs1);
    m.set_x(o.rd, op(a));
}
template <class M, class Op>
void binary_w(M& m, const Operands& o, Op op) {
    auto a = m.w(o.rs1);
    auto b = m.w(o.rs2);
    m.set_x_w(o.rd, op(a, b));
}
template <class M, class Op>
void binary_imm_w(M& m, const Operands& o, Op op) {
    auto a = m.w(o.rs1);
    m.set_x_w(o.rd, op(a, m.template imm<u32>(static_cast<u32>(o.imm))));
}
template <class M, class Op>
void unary_w(M& m, const Operands& o, Op op) {
    auto a = m.w(o.rs1);
    m.set_x_w(o.rd, op(a));
}
template <class M>
auto bool_x(M& m, typename M::Flag flag) {
    return m.template from_flag<typename M::Reg>(flag);
}

template <class M>
void lui(M& m, const Operands& o) {
    m.set_x(o.rd, m.imm_x(o.imm));
}
template <class M>
void auipc(M& m, const Operands& o) {
    auto pc = m.template pc<typename M::Reg>();
    m.set_x(o.rd, m.add(pc, m.imm_x(o.imm)));
}

template <class M>
void add(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.add(a, b); });
}
template <class M>
void sub(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.sub(a, b); });
}
template <class M>
void sll(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.shl(a, b); });
}
template <class M>
void srl(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.shr(a, b); });
}
template <class M>
void sra(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.sar(a, b); });
}
template <class M>
void slt(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return bool_x(m, m.lt_s(a, b)); });
}
template <class M>
void sltu(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return bool_x(m, m.lt_u(a, b)); });
}
template <class M>
void xor_(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.bit_xor(a, b); });
}
template <class M>
void or_(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.bit_or(a, b); });
}
template <class M>
void and_(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.bit_and(a, b); });
}

template <class M>
void addi(M& m, const Operands& o) {
    binary_imm(m, o, [&](auto a, auto b) { return m.add(a, b); });
}
template <class M>
void slti(M& m, const Operands& o) {
    binary_imm(m, o, [&](auto a, auto b) { return bool_x(m, m.lt_s(a, b)); });
}
template <class M>
void sltiu(M& m, const Operands& o) {
    binary_imm(m, o, [&](auto a, auto b) { return bool_x(m, m.lt_u(a, b)); });
}
template <class M>
void xori(M& m, const Operands& o) {
    binary_imm(m, o, [&](auto a, auto b) { return m.bit_xor(a, b); });
}
template <class M>
void ori(M& m, const Operands& o) {
    binary_imm(m, o, [&](auto a, auto b) { return m.bit_or(a, b); });
}
template <class M>
void andi(M& m, const Operands& o) {
    binary_imm(m, o, [&](auto a, auto b) { return m.bit_and(a, b); });
}
template <class M>
void slli(M& m, const Operands& o) {
    binary_imm(m, o, [&](auto a, auto b) { return m.shl(a, b); });
}
template <class M>
void srli(M& m, const Operands& o) {
    binary_imm(m, o, [&](auto a, auto b) { return m.shr(a, b); });
}
template <class M>
void srai(M& m, const Operands& o) {
    binary_imm(m, o, [&](auto a, auto b) { return m.sar(a, b); });
}

template <class M>
void addw(M& m, const Operands& o) {
    binary_w(m, o, [&](auto a, auto b) { return m.add(a, b); });
}
template <class M>
void subw(M& m, const Operands& o) {
    binary_w(m, o, [&](auto a, auto b) { return m.sub(a, b); });
}
template <class M>
void sllw(M& m, const Operands& o) {
    binary_w(m, o, [&](auto a, auto b) { return m.shl(a, b); });
}
template <class M>
void srlw(M& m, const Operands& o) {
    binary_w(m, o, [&](auto a, auto b) { return m.shr(a, b); });
}
template <class M>
void sraw(M& m, const Operands& o) {
    binary_w(m, o, [&](auto a, auto b) { return m.sar(a, b); });
}
template <class M>
void addiw(M& m, const Operands& o) {
    binary_imm_w(m, o, [&](auto a, auto b) { return m.add(a, b); });
}
template <class M>
void slliw(M& m, const Operands& o) {
    binary_imm_w(m, o, [&](auto a, auto b) { return m.shl(a, b); });
}
template <class M>
void srliw(M& m, const Operands& o) {
    binary_imm_w(m, o, [&](auto a, auto b) { return m.shr(a, b); });
}
template <class M>
void sraiw(M& m, const Operands& o) {
    binary_imm_w(m, o, [&](auto a, auto b) { return m.sar(a, b); });
}

// Jumps and branches. Without C, instructions are aligned to 32 bits (IALIGN=32) and a jump that
// is taken to another address traps; the table has rows of their own for that.
inline constexpr bool kIalign32 = true;

template <class M>
void trap_misaligned(M& m, typename M::Flag taken,
                     typename M::template Value<typename M::Reg> target) {
    auto bit = m.bit_and(target, m.imm_x(2));
    auto misaligned = m.flag_not(m.eq(bit, m.imm_x(0)));
    m.trap_if(m.flag_and(taken, misaligned), kCauseMisalignedFetch, target);
}
template <class M>
auto always(M& m) {
    return m.eq(m.imm_x(0), m.imm_x(0));
}

// x1 and x5 hold return addresses by convention; which register an indirect jump names tells what
// it is for (unprivileged manual, "Unconditional Jumps", return-address stack hints of jalr).
constexpr bool is_link(u8 reg) { return reg == 1 || reg == 5; }
constexpr JumpHint return_address_hint(u8 rd, u8 rs1) {
    if (is_link(rd)) {
        return is_link(rs1) && rs1 != rd ? JumpHint::kReturnAndCall : JumpHint::kCall;
    }
    return is_link(rs1) ? JumpHint::kReturn : JumpHint::kNone;
}

template <bool kAligned = false, class M>
void jal(M& m, const Operands& o) {
    if constexpr (kAligned) {
        auto pc = m.template pc<typename M::Reg>();
        trap_misaligned(m, always(m), m.add(pc, m.imm_x(o.imm)));
        if (m.faulted()) return;
    }
    m.set_x(o.rd, m.template next_pc<typename M::Reg>());
    m.jump_relative(o.imm, is_link(o.rd) ? JumpHint::kCall : JumpHint::kNone);
}
template <bool kAligned = false, class M>
void jalr(M& m, const Operands& o) {
    auto base = m.x(o.rs1);
    auto sum = m.add(base, m.imm_x(o.imm));
    auto target = m.bit_and(sum, m.imm_x(~i64{1}));
    if constexpr (kAligned) {
        trap_misaligned(m, always(m), target);
        if (m.faulted()) return;
    }
    m.set_x(o.rd, m.template next_pc<typename M::Reg>());
    m.jump(target, return_address_hint(o.rd, o.rs1));
}
template <bool kAligned, class M, class Condition>
void branch(M& m, const Operands& o, Condition condition) {
    auto a = m.x(o.rs1);
    auto b = m.x(o.rs2);
    auto taken = condition(a, b);
    if constexpr (kAligned) {
        auto pc = m.template pc<typename M::Reg>();
        trap_misaligned(m, taken, m.add(pc, m.imm_x(o.imm)));
        if (m.faulted()) return;
    }
    m.branch_if(taken, o.imm);
}
template <bool kAligned = false, class M>
void beq(M& m, const Operands& o) {
    branch<kAligned>(m, o, [&](auto a, auto b) { return m.eq(a, b); });
}
template <bool kAligned = false, class M>
void bne(M& m, const Operands& o) {
    branch<kAligned>(m, o, [&](auto a, auto b) { return m.flag_not(m.eq(a, b)); });
}
template <bool kAligned = false, class M>
void blt(M& m, const Operands& o) {
    branch<kAligned>(m, o, [&](auto a, auto b) { return m.lt_s(a, b); });
}
template <bool kAligned = false, class M>
void bge(M& m, const Operands& o) {
    branch<kAligned>(m, o, [&](auto a, auto b) { return m.flag_not(m.lt_s(a, b)); });
}
template <bool kAligned = false, class M>
void bltu(M& m, const Operands& o) {
    branch<kAligned>(m, o, [&](auto a, auto b) { return m.lt_u(a, b); });
}
template <bool kAligned = false, class M>
void bgeu(M& m, const Operands& o) {
    branch<kAligned>(m, o, [&](auto a, auto b) { return m.flag_not(m.lt_u(a, b)); });
}

// Multiplication and division.
template <class M>
void mul(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.mul(a, b); });
}
template <class M>
void mulh(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.mul_high_s(a, b); });
}
template <class M>
void mulhu(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.mul_high_u(a, b); });
}
template <class M>
void mulhsu(M& m, const Operands& o) {
    // Reading a negative a as unsigned adds 2^XLEN to it, so b to the product's high half.
    binary(m, o, [&](auto a, auto b) {
        auto high = m.mul_high_u(a, b);
        auto sign = m.sar(a, m.imm_x(M::kXlen - 1));
        return m.sub(high, m.bit_and(sign, b));
    });
}
template <class M>
void div(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.div_s(a, b); });
}
template <class M>
void divu(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.div_u(a, b); });
}
template <class M>
void rem(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.rem_s(a, b); });
}
template <class M>
void remu(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.rem_u(a, b); });
}
template <class M>
void mulw(M& m, const Operands& o) {
    binary_w(m, o, [&](auto a, auto b) { return m.mul(a, b); });
}
template <class M>
void divw(M& m, const Operands& o) {
    binary_w(m, o, [&](auto a, auto b) { return m.div_s(a, b); });
}
template <class M>
void divuw(M& m, const Operands& o) {
    binary_w(m, o, [&](auto a, auto b) { return m.div_u(a, b); });
}
template <class M>
void remw(M& m, const Operands& o) {
    binary_w(m, o, [&](auto a, auto b) { return m.rem_s(a, b); });
}
template <class M>
void remuw(M& m, const Operands& o) {
    binary_w(m, o, [&](auto a, auto b) { return m.rem_u(a, b); });
}

// Zicond.
template <class M>
void czero_eqz(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.select(m.eq(b, m.imm_x(0)), b, a); });
}
template <class M>
void czero_nez(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.select(m.eq(b, m.imm_x(0)), a, m.imm_x(0)); });
}

// A hint that has no effect.
template <class M>
void hint(M&, const Operands&) {}

}  // namespace kiln::riscv::sem
