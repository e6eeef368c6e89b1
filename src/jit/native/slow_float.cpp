#include "jit/native/slow_float.h"

#include "cpu/soft_float.h"
#include "jit/ir/opcode.h"

namespace kiln::native {
namespace {

using ir::Opcode;
using ir::Type;

struct Call {
    u64 a, b, c;
    Opcode opcode;
    Type result;
    Type operand;
    Rounding rm;
};

// Calls f with a number of the unsigned type that holds the format's encoding.
template <class F>
u64 with_format(Type type, F f) {
    switch (type) {
        case Type::kF16:
            return f(u16{});
        case Type::kF32:
            return f(u32{});
        default:
            return f(u64{});
    }
}

template <class B>
u64 compute(const Call& call, u32& flags) {
    const B a = static_cast<B>(call.a);
    const B b = static_cast<B>(call.b);
    const B c = static_cast<B>(call.c);
    switch (call.opcode) {
        case Opcode::fadd:
            return soft::add(a, b, call.rm, flags);
        case Opcode::fsub:
            return soft::sub(a, b, call.rm, flags);
        case Opcode::fmul:
            return soft::mul(a, b, call.rm, flags);
        case Opcode::fdiv:
            return soft::div(a, b, call.rm, flags);
        case Opcode::fsqrt:
            return soft::sqrt(a, call.rm, flags);
        case Opcode::fma:
            return soft::fma(a, b, c, call.rm, flags);
        case Opcode::feq:
            return soft::eq(a, b, flags) ? 1 : 0;
        case Opcode::flt:
            return soft::lt(a, b, flags) ? 1 : 0;
        case Opcode::fle:
            return soft::le(a, b, flags) ? 1 : 0;
        case Opcode::fconvert:
            return with_format(call.result, [&](auto to) -> u64 {
                return soft::convert<decltype(to)>(a, call.rm, flags);
            });
        case Opcode::fto_int_s:
            if (call.result == Type::kI32)
                return static_cast<u32>(soft::to_int<i32>(a, call.rm, flags));
            return static_cast<u64>(soft::to_int<i64>(a, call.rm, flags));
        case Opcode::fto_int_u:
            if (call.result == Type::kI32) return soft::to_int<u32>(a, call.rm, flags);
            return soft::to_int<u64>(a, call.rm, flags);
        default:
            return 0;
    }
}

template <class B>
u64 from_integer(const Call& call, u32& flags) {
    const bool wide = call.operand == Type::kI64;
    if (call.opcode == Opcode::ffrom_int_u)
        return wide ? soft::from_int<B>(call.a, call.rm, flags)
                    : soft::from_int<B>(static_cast<u32>(call.a), call.rm, flags);
    return wide ? soft::from_int<B>(static_cast<i64>(call.a), call.rm, flags)
                : soft::from_int<B>(static_cast<i32>(call.a), call.rm, flags);
}

}  // namespace

bool slow_float(CpuState& state) noexcept {
    const auto& args = state.native.args;
    const auto byte = [&](unsigned number) { return static_cast<u8>(args[3] >> 8 * number); };
    const Call call{args[0],
                    args[1],
                    args[2],
                    static_cast<Opcode>(byte(0)),
                    static_cast<Type>(byte(1)),
                    static_cast<Type>(byte(2)),
                    static_cast<Rounding>(byte(3))};
    const bool from_int = call.opcode == Opcode::ffrom_int_s || call.opcode == Opcode::ffrom_int_u;
    state.native.result = with_format(from_int ? call.result : call.operand, [&](auto bits) {
        using B = decltype(bits);
        return from_int ? from_integer<B>(call, state.soft_fflags)
                        : compute<B>(call, state.soft_fflags);
    });
    return true;
}

}  // namespace kiln::native
