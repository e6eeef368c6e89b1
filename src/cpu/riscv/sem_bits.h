// Meaning of the bit-manipulation instructions: Zba, Zbb, Zbc, Zbs, Zbkb, Zbkx.
#pragma once

#include "cpu/riscv/sem_int.h"

namespace kiln::riscv::sem {

// Zba.
template <unsigned kShift, class M>
void shift_add(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.add(m.shl(a, m.imm_x(kShift)), b); });
}
template <unsigned kShift, class M>
void shift_add_uw(M& m, const Operands& o) {
    auto a = m.template zext<typename M::Reg>(m.w(o.rs1));
    auto b = m.x(o.rs2);
    m.set_x(o.rd, m.add(m.shl(a, m.imm_x(kShift)), b));
}
template <class M>
void slli_uw(M& m, const Operands& o) {
    auto a = m.template zext<typename M::Reg>(m.w(o.rs1));
    m.set_x(o.rd, m.shl(a, m.imm_x(o.imm)));
}

// Zbb, and what Zbkb shares with it.
template <class M, class V>
auto invert(M& m, V value) {
    return m.bit_xor(value, m.imm_x(-1));
}
template <class M>
void andn(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.bit_and(a, invert(m, b)); });
}
template <class M>
void orn(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.bit_or(a, invert(m, b)); });
}
template <class M>
void xnor(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return invert(m, m.bit_xor(a, b)); });
}
template <class M>
void clz(M& m, const Operands& o) {
    unary(m, o, [&](auto a) { return m.clz(a); });
}
template <class M>
void ctz(M& m, const Operands& o) {
    unary(m, o, [&](auto a) { return m.ctz(a); });
}
template <class M>
void cpop(M& m, const Operands& o) {
    unary(m, o, [&](auto a) { return m.popcount(a); });
}
template <class M>
void clzw(M& m, const Operands& o) {
    unary_w(m, o, [&](auto a) { return m.clz(a); });
}
template <class M>
void ctzw(M& m, const Operands& o) {
    unary_w(m, o, [&](auto a) { return m.ctz(a); });
}
template <class M>
void cpopw(M& m, const Operands& o) {
    unary_w(m, o, [&](auto a) { return m.popcount(a); });
}
template <class M>
void max(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.select(m.lt_s(a, b), b, a); });
}
template <class M>
void maxu(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.select(m.lt_u(a, b), b, a); });
}
template <class M>
void min(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.select(m.lt_s(a, b), a, b); });
}
template <class M>
void minu(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.select(m.lt_u(a, b), a, b); });
}
template <class M>
void sext_b(M& m, const Operands& o) {
    unary(m, o, [&](auto a) { return m.template sext<typename M::Reg>(m.template trunc<u8>(a)); });
}
template <class M>
void sext_h(M& m, const Operands& o) {
    unary(m, o, [&](auto a) { return m.template sext<typename M::Reg>(m.template trunc<u16>(a)); });
}
template <class M>
void zext_h(M& m, const Operands& o) {
    unary(m, o, [&](auto a) { return m.template zext<typename M::Reg>(m.template trunc<u16>(a)); });
}
// A rotation to the left is one to the right by the negated amount, modulo the width.
template <class M>
void rol(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.rotr(a, m.sub(m.imm_x(0), b)); });
}
template <class M>
void ror(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.rotr(a, b); });
}
template <class M>
void rori(M& m, const Operands& o) {
    binary_imm(m, o, [&](auto a, auto b) { return m.rotr(a, b); });
}
template <class M>
void rolw(M& m, const Operands& o) {
    binary_w(m, o, [&](auto a, auto b) { return m.rotr(a, m.sub(m.template imm<u32>(0), b)); });
}
template <class M>
void rorw(M& m, const Operands& o) {
    binary_w(m, o, [&](auto a, auto b) { return m.rotr(a, b); });
}
template <class M>
void roriw(M& m, const Operands& o) {
    binary_imm_w(m, o, [&](auto a, auto b) { return m.rotr(a, b); });
}
// A byte repeated over the register.
template <class M>
auto every_byte(M& m, u8 byte) {
    return m.imm_x(static_cast<i64>(u64{0x0101010101010101} * byte));
}
template <class M>
void orc_b(M& m, const Operands& o) {
    // Gathers each byte's bits in its lowest one, then spreads that over the byte.
    unary(m, o, [&](auto a) {
        for (unsigned shift : {4u, 2u, 1u}) {
            auto low = m.bit_and(m.shr(a, m.imm_x(shift)),
                                 every_byte(m, static_cast<u8>((1u << shift) - 1)));
            a = m.bit_or(a, low);
        }
        auto any = m.bit_and(a, every_byte(m, 1));
        return m.mul(any, m.imm_x(0xff));
    });
}
template <class M>
void rev8(M& m, const Operands& o) {
    unary(m, o, [&](auto a) { return m.byte_swap(a); });
}

// Zbkb.
template <class M>
void pack(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) {
        auto half = m.imm_x(M::kXlen / 2);
        auto low = m.shr(m.shl(a, half), half);
        return m.bit_or(low, m.shl(b, half));
    });
}
template <class M>
void packh(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) {
        auto low = m.bit_and(a, m.imm_x(0xff));
        auto high = m.bit_and(b, m.imm_x(0xff));
        return m.bit_or(low, m.shl(high, m.imm_x(8)));
    });
}
template <class M>
void packw(M& m, const Operands& o) {
    binary_w(m, o, [&](auto a, auto b) {
        auto low = m.bit_and(a, m.template imm<u32>(0xffff));
        return m.bit_or(low, m.shl(b, m.template imm<u32>(16)));
    });
}
// Exchanges neighbouring groups of `shift` bits; `low` selects the lower of each pair.
template <class M, class V>
auto exchange(M& m, V a, unsigned shift, V low) {
    auto down = m.bit_and(m.shr(a, m.imm_x(shift)), low);
    auto up = m.shl(m.bit_and(a, low), m.imm_x(shift));
    return m.bit_or(down, up);
}
template <class M>
void brev8(M& m, const Operands& o) {
    unary(m, o, [&](auto a) {
        a = exchange(m, a, 1, every_byte(m, 0x55));
        a = exchange(m, a, 2, every_byte(m, 0x33));
        return exchange(m, a, 4, every_byte(m, 0x0f));
    });
}
// zip interleaves the register's halves, unzip takes them apart: a perfect shuffle in four steps,
// each of which exchanges the middle quarters of groups of bits.
template <class M, class V>
auto shuffle_step(M& m, V a, unsigned shift, u32 middle_low) {
    auto keep = m.bit_and(a, m.imm_x(~(middle_low | middle_low << shift)));
    auto up = m.shl(m.bit_and(a, m.imm_x(middle_low)), m.imm_x(shift));
    auto down = m.bit_and(m.shr(a, m.imm_x(shift)), m.imm_x(middle_low));
    return m.bit_or(keep, m.bit_or(up, down));
}
template <class M>
void zip(M& m, const Operands& o) {
    unary(m, o, [&](auto a) {
        a = shuffle_step(m, a, 8, 0x0000ff00);
        a = shuffle_step(m, a, 4, 0x00f000f0);
        a = shuffle_step(m, a, 2, 0x0c0c0c0c);
        return shuffle_step(m, a, 1, 0x22222222);
    });
}
template <class M>
void unzip(M& m, const Operands& o) {
    unary(m, o, [&](auto a) {
        a = shuffle_step(m, a, 1, 0x22222222);
        a = shuffle_step(m, a, 2, 0x0c0c0c0c);
        a = shuffle_step(m, a, 4, 0x00f000f0);
        return shuffle_step(m, a, 8, 0x0000ff00);
    });
}

// Zbc.
template <class M>
void clmul(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.clmul(a, b); });
}
template <class M>
void clmulh(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.clmul_high(a, b); });
}
// Bits XLEN-1 to 2*XLEN-2 of the product.
template <class M>
void clmulr(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) {
        auto low = m.shr(m.clmul(a, b), m.imm_x(M::kXlen - 1));
        auto high = m.shl(m.clmul_high(a, b), m.imm_x(1));
        return m.bit_or(high, low);
    });
}

// Zbs. The bit's number is taken modulo XLEN, as shifts do.
template <class M, class V>
auto one_bit(M& m, V number) {
    return m.shl(m.imm_x(1), number);
}
template <class M, class V>
auto bit_clear(M& m, V a, V number) {
    return m.bit_and(a, invert(m, one_bit(m, number)));
}
template <class M, class V>
auto bit_extract(M& m, V a, V number) {
    return m.bit_and(m.shr(a, number), m.imm_x(1));
}
template <class M>
void bclr(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return bit_clear(m, a, b); });
}
template <class M>
void bclri(M& m, const Operands& o) {
    binary_imm(m, o, [&](auto a, auto b) { return bit_clear(m, a, b); });
}
template <class M>
void bext(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return bit_extract(m, a, b); });
}
template <class M>
void bexti(M& m, const Operands& o) {
    binary_imm(m, o, [&](auto a, auto b) { return bit_extract(m, a, b); });
}
template <class M>
void binv(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.bit_xor(a, one_bit(m, b)); });
}
template <class M>
void binvi(M& m, const Operands& o) {
    binary_imm(m, o, [&](auto a, auto b) { return m.bit_xor(a, one_bit(m, b)); });
}
template <class M>
void bset(M& m, const Operands& o) {
    binary(m, o, [&](auto a, auto b) { return m.bit_or(a, one_bit(m, b)); });
}
template <class M>
void bseti(M& m, const Operands& o) {
    binary_imm(m, o, [&](auto a, auto b) { return m.bit_or(a, one_bit(m, b)); });
}

// Zbkx: each nibble or byte of rs2 selects one of rs1; an index beyond the register gives 0.
// Always inline: a handler that calls cannot leave by a jump, with clang.
template <unsigned kGroup, class M>
[[gnu::always_inline]] inline void xperm(M& m, const Operands& o) {
    constexpr unsigned kIndexBits = M::kXlen / kGroup - 1;
    constexpr unsigned kGroupMask = (1u << kGroup) - 1;
    auto table = m.x(o.rs1);
    auto indexes = m.x(o.rs2);
    auto result = m.imm_x(0);
    for (unsigned at = 0; at < M::kXlen; at += kGroup) {
        auto index = m.bit_and(m.shr(indexes, m.imm_x(at)), m.imm_x(kGroupMask));
        auto picked = m.shr(table, m.mul(index, m.imm_x(kGroup)));
        auto group = m.shl(m.bit_and(picked, m.imm_x(kGroupMask)), m.imm_x(at));
        auto inside = m.lt_u(index, m.imm_x(kIndexBits + 1));
        result = m.bit_or(result, m.select(inside, group, m.imm_x(0)));
    }
    m.set_x(o.rd, result);
}

}  // namespace kiln::riscv::sem
