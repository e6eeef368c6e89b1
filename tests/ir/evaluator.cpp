#include "ir/evaluator.h"

#include <cstdlib>

#include "cpu/soft_float.h"

namespace kiln::ir_test {
namespace {

using ir::Opcode;
using ir::Type;

i64 as_signed(u64 value, unsigned bits) {
    const u64 sign = u64{1} << (bits - 1);
    return static_cast<i64>((value ^ sign) - sign);
}

u64 reversed_bytes(u64 value, unsigned bits) {
    u64 result = 0;
    for (unsigned byte = 0; byte < bits / 8; ++byte)
        result = result << 8 | (value >> 8 * byte & 0xff);
    return result;
}

u128 carryless_product(u64 a, u64 b) {
    u128 product = 0;
    for (unsigned bit = 0; bit < 64; ++bit)
        if ((b >> bit & 1) != 0) product ^= u128{a} << bit;
    return product;
}

// Bits above the operands' width may be anything.
u128 integer(Opcode opcode, unsigned bits, u64 a, u64 b) {
    const i64 sa = as_signed(a, bits);
    const i64 sb = as_signed(b, bits);
    const unsigned amount = static_cast<unsigned>(b % bits);
    const u64 all = ~u64{0};
    switch (opcode) {
        case Opcode::add:
            return a + b;
        case Opcode::sub:
            return a - b;
        case Opcode::mul:
            return u128{a} * b;
        case Opcode::mul_high_u:
            return u128{a} * b >> bits;
        case Opcode::mul_high_s:
            return static_cast<u128>(i128{sa} * sb) >> bits;
        case Opcode::div_u:
            return b == 0 ? all : a / b;
        case Opcode::div_s:
            return b == 0 ? all : static_cast<u128>(i128{sa} / sb);
        case Opcode::rem_u:
            return b == 0 ? a : a % b;
        case Opcode::rem_s:
            return b == 0 ? a : static_cast<u128>(i128{sa} % sb);
        case Opcode::bit_and:
            return a & b;
        case Opcode::bit_or:
            return a | b;
        case Opcode::bit_xor:
            return a ^ b;
        case Opcode::shl:
            return u128{a} << amount;
        case Opcode::shr:
            return a >> amount;
        case Opcode::sar:
            return static_cast<u128>(i128{sa} >> amount);
        case Opcode::rotr:
            return (u128{a} << bits | a) >> amount;
        case Opcode::clmul:
            return carryless_product(a, b);
        case Opcode::clmul_high:
            return carryless_product(a, b) >> bits;
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
            std::abort();
    }
}

u64 count_bits(Opcode opcode, unsigned bits, u64 a) {
    u64 count = 0;
    switch (opcode) {
        case Opcode::clz:
            while (count < bits && (a >> (bits - 1 - count) & 1) == 0) ++count;
            return count;
        case Opcode::ctz:
            while (count < bits && (a >> count & 1) == 0) ++count;
            return count;
        default:
            for (unsigned bit = 0; bit < bits; ++bit) count += a >> bit & 1;
            return count;
    }
}

// Calls f with an integer of the type's width.
template <class F>
u64 with_width(Type type, F f) {
    switch (ir::bits_of(type)) {
        case 16:
            return f(u16{});
        case 32:
            return f(u32{});
        default:
            return f(u64{});
    }
}

template <class B>
u64 arithmetic(Opcode opcode, Rounding rm, B a, B b, B c, u32& flags) {
    switch (opcode) {
        case Opcode::fadd:
            return soft::add(a, b, rm, flags);
        case Opcode::fsub:
            return soft::sub(a, b, rm, flags);
        case Opcode::fmul:
            return soft::mul(a, b, rm, flags);
        case Opcode::fdiv:
            return soft::div(a, b, rm, flags);
        case Opcode::fsqrt:
            return soft::sqrt(a, rm, flags);
        case Opcode::fma:
            return soft::fma(a, b, c, rm, flags);
        case Opcode::feq:
            return soft::eq(a, b, flags);
        case Opcode::flt:
            return soft::lt(a, b, flags);
        case Opcode::fle:
            return soft::le(a, b, flags);
        default:
            std::abort();
    }
}

template <class B>
u64 to_integer(bool is_signed, Type type, Rounding rm, B a, u32& flags) {
    if (ir::bits_of(type) == 32) {
        return is_signed ? static_cast<u32>(soft::to_int<i32>(a, rm, flags))
                         : soft::to_int<u32>(a, rm, flags);
    }
    return is_signed ? static_cast<u64>(soft::to_int<i64>(a, rm, flags))
                     : soft::to_int<u64>(a, rm, flags);
}

u64 convert(const Operation& o, Rounding rm, u64 a, u32& flags) {
    return with_width(o.type, [&](auto to) {
        return with_width(o.from, [&](auto from) -> u64 {
            using To = decltype(to);
            using From = decltype(from);
            switch (o.opcode) {
                case Opcode::fconvert:
                    return soft::convert<To>(static_cast<From>(a), rm, flags);
                case Opcode::ffrom_int_s:
                    return soft::from_int<To>(static_cast<std::make_signed_t<From>>(a), rm, flags);
                default:
                    return soft::from_int<To>(static_cast<From>(a), rm, flags);
            }
        });
    });
}

}  // namespace

u64 compute(const Operation& o, u64 a, u64 b, u64 c, u32& fflags) {
    const auto rm = static_cast<Rounding>(o.imm);
    switch (o.opcode) {
        case Opcode::zext:
        case Opcode::bitcast:
            return a;
        case Opcode::sext:
            return static_cast<u64>(as_signed(a, ir::bits_of(o.from))) & ir::mask_of(o.type);
        case Opcode::trunc:
            return a & ir::mask_of(o.type);
        case Opcode::select:
            return a != 0 ? b : c;
        case Opcode::clz:
        case Opcode::ctz:
        case Opcode::popcount:
            return count_bits(o.opcode, ir::bits_of(o.type), a);
        case Opcode::byte_swap:
            return reversed_bytes(a, ir::bits_of(o.type));
        case Opcode::fcanonical:
            return with_width(o.type, [&](auto width) -> u64 {
                using B = decltype(width);
                return soft::is_nan(static_cast<B>(a)) ? soft::Format<B>::kNan : a;
            });
        case Opcode::fraise:
            if (a != 0) fflags |= static_cast<u32>(o.imm);
            return 0;
        case Opcode::fconvert:
        case Opcode::ffrom_int_s:
        case Opcode::ffrom_int_u:
            return convert(o, rm, a, fflags);
        case Opcode::fto_int_s:
        case Opcode::fto_int_u:
            return with_width(o.from, [&](auto width) {
                return to_integer(o.opcode == Opcode::fto_int_s, o.type, rm,
                                  static_cast<decltype(width)>(a), fflags);
            });
        default:
            break;
    }
    if (ir::is_float(o.from)) {
        return with_width(o.from, [&](auto width) {
            using B = decltype(width);
            return arithmetic(o.opcode, rm, static_cast<B>(a), static_cast<B>(b), static_cast<B>(c),
                              fflags);
        });
    }
    const u128 result = integer(o.opcode, ir::bits_of(o.from), a, b);
    return static_cast<u64>(result) & ir::mask_of(o.type);
}

}  // namespace kiln::ir_test
