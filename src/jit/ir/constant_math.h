// Pure operations on constants.
#pragma once

#include <bit>
#include <optional>

#include "jit/ir/opcode.h"

namespace kiln::ir {

inline i64 as_signed(Type type, u64 value) {
    const unsigned unused = 64 - bits_of(type);
    return static_cast<i64>(value << unused) >> unused;
}

// a OP b, both constants of type `type`. nullopt: the operation is not worked out here.
inline std::optional<u64> compute(Opcode opcode, Type type, u64 a, u64 b) {
    const unsigned bits = bits_of(type);
    const i64 sa = as_signed(type, a);
    const i64 sb = as_signed(type, b);
    const unsigned amount = static_cast<unsigned>(b & (bits - 1));
    switch (opcode) {
        case Opcode::add:
            return (a + b) & mask_of(type);
        case Opcode::sub:
            return (a - b) & mask_of(type);
        case Opcode::mul:
            return (a * b) & mask_of(type);
        case Opcode::mul_high_u:
            return static_cast<u64>(u128{a} * b >> bits);
        case Opcode::mul_high_s:
            return static_cast<u64>(i128{sa} * sb >> bits) & mask_of(type);
        case Opcode::div_u:
            return b == 0 ? mask_of(type) : a / b;
        case Opcode::rem_u:
            return b == 0 ? a : a % b;
        case Opcode::div_s:
            if (b == 0) return mask_of(type);
            return (sb == -1 ? u64{0} - a : static_cast<u64>(sa / sb)) & mask_of(type);
        case Opcode::rem_s:
            if (b == 0) return a;
            return (sb == -1 ? 0 : static_cast<u64>(sa % sb)) & mask_of(type);
        case Opcode::bit_and:
            return a & b;
        case Opcode::bit_or:
            return a | b;
        case Opcode::bit_xor:
            return a ^ b;
        case Opcode::shl:
            return a << amount & mask_of(type);
        case Opcode::shr:
            return a >> amount;
        case Opcode::sar:
            return static_cast<u64>(sa >> amount) & mask_of(type);
        case Opcode::rotr:
            return (a >> amount | a << (bits - amount) % bits) & mask_of(type);
        case Opcode::eq:
            return a == b;
        case Opcode::ne:
            return a != b;
        case Opcode::lt_u:
            return a < b;
        case Opcode::le_u:
            return a <= b;
        case Opcode::lt_s:
            return sa < sb;
        case Opcode::le_s:
            return sa <= sb;
        default:
            return std::nullopt;
    }
}

// OP a, where a is a constant of type `from` and the result is of type `to`.
inline std::optional<u64> compute(Opcode opcode, Type to, Type from, u64 a) {
    const unsigned bits = bits_of(from);
    switch (opcode) {
        case Opcode::zext:
            return a;
        case Opcode::sext:
            return static_cast<u64>(as_signed(from, a)) & mask_of(to);
        case Opcode::trunc:
            return a & mask_of(to);
        case Opcode::clz:
            return static_cast<u64>(std::countl_zero(a)) - (64 - bits);
        case Opcode::ctz:
            return a == 0 ? bits : static_cast<u64>(std::countr_zero(a));
        case Opcode::popcount:
            return static_cast<u64>(std::popcount(a));
        case Opcode::byte_swap:
            return __builtin_bswap64(a) >> (64 - bits);
        default:
            return std::nullopt;
    }
}

}  // namespace kiln::ir
