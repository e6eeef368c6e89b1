// What is known of a value's bits without knowing the value.
#pragma once

#include <algorithm>
#include <bit>

#include "jit/ir/constant_math.h"

namespace kiln::ir {

struct KnownBits {
    u64 zeros = 0;       // bits that are surely 0; those beyond the type are not counted
    u64 ones = 0;        // bits that are surely 1
    unsigned signs = 1;  // at least so many of the highest bits are alike

    static KnownBits constant(Type type, u64 value) { return settle(type, ~value, value); }
    // Completes `signs` from the bits.
    static KnownBits settle(Type type, u64 zeros, u64 ones, unsigned signs = 1) {
        const unsigned unused = 64 - bits_of(type);
        zeros &= mask_of(type);
        ones &= mask_of(type);
        const auto leading = static_cast<unsigned>(
            std::max(std::countl_one(zeros << unused), std::countl_one(ones << unused)));
        return {zeros, ones, std::max(signs, leading)};
    }

    u64 least() const { return ones; }  // unsigned
    u64 most(Type type) const { return ~zeros & mask_of(type); }
    bool is_constant(Type type) const { return (zeros | ones) == mask_of(type); }
};

// Of an extension or truncation to `to`.
inline KnownBits convert_known(Opcode opcode, Type to, Type from, const KnownBits& a) {
    const unsigned wider = bits_of(to) - bits_of(from);  // wraps for trunc, where it is not used
    const u64 above = mask_of(to) & ~mask_of(from);
    if (opcode == Opcode::zext) return KnownBits::settle(to, a.zeros | above, a.ones);
    if (opcode == Opcode::sext) {
        const u64 sign = u64{1} << (bits_of(from) - 1);
        return KnownBits::settle(to, a.zeros | ((a.zeros & sign) != 0 ? above : 0),
                                 a.ones | ((a.ones & sign) != 0 ? above : 0), a.signs + wider);
    }
    const unsigned narrower = bits_of(from) - bits_of(to);
    return KnownBits::settle(to, a.zeros, a.ones, a.signs > narrower ? a.signs - narrower : 1);
}

// Of a shift by a constant below the width.
inline KnownBits shift_known(Opcode opcode, Type type, const KnownBits& a, unsigned amount) {
    const u64 mask = mask_of(type);
    if (opcode == Opcode::shl) {
        const u64 low = (u64{1} << amount) - 1;
        return KnownBits::settle(type, a.zeros << amount | low, a.ones << amount,
                                 a.signs > amount ? a.signs - amount : 1);
    }
    const u64 high = mask & ~(mask >> amount);
    if (opcode == Opcode::shr)
        return KnownBits::settle(type, a.zeros >> amount | high, a.ones >> amount);
    return KnownBits::settle(type, static_cast<u64>(as_signed(type, a.zeros) >> amount),
                             static_cast<u64>(as_signed(type, a.ones) >> amount),
                             std::min(bits_of(type), a.signs + amount));
}

inline KnownBits combine_known(Opcode opcode, Type type, const KnownBits& a, const KnownBits& b) {
    const unsigned signs = std::min(a.signs, b.signs);
    switch (opcode) {
        case Opcode::bit_and:
            return KnownBits::settle(type, a.zeros | b.zeros, a.ones & b.ones, signs);
        case Opcode::bit_or:
            return KnownBits::settle(type, a.zeros & b.zeros, a.ones | b.ones, signs);
        case Opcode::bit_xor:
            return KnownBits::settle(type, (a.zeros & b.zeros) | (a.ones & b.ones),
                                     (a.zeros & b.ones) | (a.ones & b.zeros), signs);
        default:  // one or the other
            return KnownBits::settle(type, a.zeros & b.zeros, a.ones & b.ones, signs);
    }
}

}  // namespace kiln::ir
