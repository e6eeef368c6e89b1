// The building policy as a mere recorder: it writes down which operations a semantic template
// performs, in order and with their operands, and computes nothing.
#pragma once

#include <array>
#include <cassert>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cpu/emitter.h"

namespace kiln::ir {

enum class Opcode : u8 {
#define OPCODE(name, effect) name,
#include "jit/ir/opcodes.inc"
#undef OPCODE
};

enum class Effect : u8 { kPure, kReads, kFlags, kWrites, kFaults, kStores, kEnds };

struct OpcodeInfo {
    std::string_view name;
    Effect effect;
};
inline constexpr auto kOpcodes = std::to_array<OpcodeInfo>({
#define OPCODE(name, effect) {#name, Effect::effect},
#include "jit/ir/opcodes.inc"
#undef OPCODE
});
constexpr const OpcodeInfo& opcode_info(Opcode opcode) {
    return kOpcodes[static_cast<size_t>(opcode)];
}

enum class Type : u8 { kNone, kFlag, kU8, kU16, kU32, kU64, kF16, kF32, kF64 };

template <class T>
inline constexpr Type kTypeOf = Type::kNone;
template <>
inline constexpr Type kTypeOf<u8> = Type::kU8;
template <>
inline constexpr Type kTypeOf<u16> = Type::kU16;
template <>
inline constexpr Type kTypeOf<u32> = Type::kU32;
template <>
inline constexpr Type kTypeOf<u64> = Type::kU64;
template <>
inline constexpr Type kTypeOf<F16> = Type::kF16;
template <>
inline constexpr Type kTypeOf<F32> = Type::kF32;
template <>
inline constexpr Type kTypeOf<F64> = Type::kF64;

// The name of a value: the place of the operation that makes it.
using ValueId = u32;

struct Operation {
    Opcode opcode;
    Type type;  // of the result, or of what is stored
    std::vector<ValueId> operands;
    // State offset, constant, rounding mode, cause, distance, flags: what is known at decode time.
    u64 constant = 0;
    u64 constant2 = 0;
    const Helper* helper = nullptr;

    bool operator==(const Operation&) const = default;
};

class Recorder {
  public:
    template <class T>
    struct Value {
        using Type = T;
        ValueId id;
    };
    struct Flag {
        ValueId id;
        explicit operator bool() const = delete;
    };

    const std::vector<Operation>& operations() const { return operations_; }

    // Constants and state.
    template <class T>
    Value<T> imm(u64 value) {
        return make<T>(Opcode::imm, {}, static_cast<Storage<T>>(value));
    }
    template <class T>
    Value<T> get(StateOffset offset) {
        return make<T>(Opcode::get, {}, offset);
    }
    template <class T>
    void set(StateOffset offset, Value<T> value) {
        make<T>(Opcode::set, {value.id}, offset);
    }
    template <class T>
    Value<T> pc() {
        return make<T>(Opcode::pc, {});
    }
    template <class T>
    Value<T> next_pc() {
        return make<T>(Opcode::next_pc, {});
    }

    // Integers.
    template <class T>
    Value<T> add(Value<T> a, Value<T> b) {
        return make<T>(Opcode::add, {a.id, b.id});
    }
    template <class T>
    Value<T> sub(Value<T> a, Value<T> b) {
        return make<T>(Opcode::sub, {a.id, b.id});
    }
    template <class T>
    Value<T> mul(Value<T> a, Value<T> b) {
        return make<T>(Opcode::mul, {a.id, b.id});
    }
    template <class T>
    Value<T> mul_high_u(Value<T> a, Value<T> b) {
        return make<T>(Opcode::mul_high_u, {a.id, b.id});
    }
    template <class T>
    Value<T> mul_high_s(Value<T> a, Value<T> b) {
        return make<T>(Opcode::mul_high_s, {a.id, b.id});
    }
    template <class T>
    Value<T> div_u(Value<T> a, Value<T> b) {
        return make<T>(Opcode::div_u, {a.id, b.id});
    }
    template <class T>
    Value<T> div_s(Value<T> a, Value<T> b) {
        return make<T>(Opcode::div_s, {a.id, b.id});
    }
    template <class T>
    Value<T> rem_u(Value<T> a, Value<T> b) {
        return make<T>(Opcode::rem_u, {a.id, b.id});
    }
    template <class T>
    Value<T> rem_s(Value<T> a, Value<T> b) {
        return make<T>(Opcode::rem_s, {a.id, b.id});
    }
    template <class T>
    Value<T> bit_and(Value<T> a, Value<T> b) {
        return make<T>(Opcode::bit_and, {a.id, b.id});
    }
    template <class T>
    Value<T> bit_or(Value<T> a, Value<T> b) {
        return make<T>(Opcode::bit_or, {a.id, b.id});
    }
    template <class T>
    Value<T> bit_xor(Value<T> a, Value<T> b) {
        return make<T>(Opcode::bit_xor, {a.id, b.id});
    }
    template <class T>
    Value<T> shl(Value<T> a, Value<T> b) {
        return make<T>(Opcode::shl, {a.id, b.id});
    }
    template <class T>
    Value<T> shr(Value<T> a, Value<T> b) {
        return make<T>(Opcode::shr, {a.id, b.id});
    }
    template <class T>
    Value<T> sar(Value<T> a, Value<T> b) {
        return make<T>(Opcode::sar, {a.id, b.id});
    }
    template <class T>
    Value<T> rotr(Value<T> a, Value<T> b) {
        return make<T>(Opcode::rotr, {a.id, b.id});
    }
    template <class T>
    Value<T> clz(Value<T> a) {
        return make<T>(Opcode::clz, {a.id});
    }
    template <class T>
    Value<T> ctz(Value<T> a) {
        return make<T>(Opcode::ctz, {a.id});
    }
    template <class T>
    Value<T> popcount(Value<T> a) {
        return make<T>(Opcode::popcount, {a.id});
    }
    template <class T>
    Value<T> byte_swap(Value<T> a) {
        return make<T>(Opcode::byte_swap, {a.id});
    }
    template <class T>
    Value<T> clmul(Value<T> a, Value<T> b) {
        return make<T>(Opcode::clmul, {a.id, b.id});
    }
    template <class T>
    Value<T> clmul_high(Value<T> a, Value<T> b) {
        return make<T>(Opcode::clmul_high, {a.id, b.id});
    }
    template <class To, class T>
    Value<To> zext(Value<T> a) {
        static_assert(sizeof(To) >= sizeof(T));
        return make<To>(Opcode::zext, {a.id});
    }
    template <class To, class T>
    Value<To> sext(Value<T> a) {
        static_assert(sizeof(To) >= sizeof(T));
        return make<To>(Opcode::sext, {a.id});
    }
    template <class To, class T>
    Value<To> trunc(Value<T> a) {
        static_assert(sizeof(To) <= sizeof(T));
        return make<To>(Opcode::trunc, {a.id});
    }

    // Conditions.
    template <class T>
    Flag eq(Value<T> a, Value<T> b) {
        return make_flag(Opcode::eq, {a.id, b.id});
    }
    template <class T>
    Flag lt_u(Value<T> a, Value<T> b) {
        return make_flag(Opcode::lt_u, {a.id, b.id});
    }
    template <class T>
    Flag lt_s(Value<T> a, Value<T> b) {
        return make_flag(Opcode::lt_s, {a.id, b.id});
    }
    Flag flag_not(Flag a) { return make_flag(Opcode::flag_not, {a.id}); }
    Flag flag_and(Flag a, Flag b) { return make_flag(Opcode::flag_and, {a.id, b.id}); }
    Flag flag_or(Flag a, Flag b) { return make_flag(Opcode::flag_or, {a.id, b.id}); }
    template <class T>
    Value<T> from_flag(Flag a) {
        return make<T>(Opcode::from_flag, {a.id});
    }
    template <class T>
    Value<T> select(Flag condition, Value<T> a, Value<T> b) {
        return make<T>(Opcode::select, {condition.id, a.id, b.id});
    }

    // Floating point.
    template <class F>
    Value<F> as_float(Value<Storage<F>> bits) {
        return make<F>(Opcode::as_float, {bits.id});
    }
    template <class F>
    Value<Storage<F>> as_bits(Value<F> value) {
        return make<Storage<F>>(Opcode::as_bits, {value.id});
    }
    template <class F>
    Value<F> fadd(Value<F> a, Value<F> b, Rounding rm) {
        return make<F>(Opcode::fadd, {a.id, b.id}, constant_of(rm));
    }
    template <class F>
    Value<F> fsub(Value<F> a, Value<F> b, Rounding rm) {
        return make<F>(Opcode::fsub, {a.id, b.id}, constant_of(rm));
    }
    template <class F>
    Value<F> fmul(Value<F> a, Value<F> b, Rounding rm) {
        return make<F>(Opcode::fmul, {a.id, b.id}, constant_of(rm));
    }
    template <class F>
    Value<F> fdiv(Value<F> a, Value<F> b, Rounding rm) {
        return make<F>(Opcode::fdiv, {a.id, b.id}, constant_of(rm));
    }
    template <class F>
    Value<F> fsqrt(Value<F> a, Rounding rm) {
        return make<F>(Opcode::fsqrt, {a.id}, constant_of(rm));
    }
    template <class F>
    Value<F> fma(Value<F> a, Value<F> b, Value<F> c, Rounding rm) {
        return make<F>(Opcode::fma, {a.id, b.id, c.id}, constant_of(rm));
    }
    template <class F>
    Flag feq(Value<F> a, Value<F> b) {
        return make_flag(Opcode::feq, {a.id, b.id});
    }
    template <class F>
    Flag flt(Value<F> a, Value<F> b) {
        return make_flag(Opcode::flt, {a.id, b.id});
    }
    template <class F>
    Flag fle(Value<F> a, Value<F> b) {
        return make_flag(Opcode::fle, {a.id, b.id});
    }
    template <class To, class From>
    Value<To> fconvert(Value<From> a, Rounding rm) {
        return make<To>(Opcode::fconvert, {a.id}, constant_of(rm));
    }
    template <class Int, class F>
    Value<std::make_unsigned_t<Int>> fto_int(Value<F> a, Rounding rm) {
        constexpr Opcode kOpcode = std::is_signed_v<Int> ? Opcode::fto_int_s : Opcode::fto_int_u;
        return make<std::make_unsigned_t<Int>>(kOpcode, {a.id}, constant_of(rm));
    }
    template <class F, class Int, class T>
    Value<F> ffrom_int(Value<T> a, Rounding rm) {
        static_assert(sizeof(Int) == sizeof(T));
        constexpr Opcode kOpcode =
            std::is_signed_v<Int> ? Opcode::ffrom_int_s : Opcode::ffrom_int_u;
        return make<F>(kOpcode, {a.id}, constant_of(rm));
    }
    void fraise(Flag condition, u32 flags) {
        record(Opcode::fraise, Type::kNone, {condition.id}, flags);
    }

    // Memory.
    template <class T, class A>
    Value<T> load(Value<A> address) {
        return make<T>(Opcode::load, {address.id});
    }
    template <class T, class A>
    void store(Value<A> address, Value<T> value) {
        make<T>(Opcode::store, {address.id, value.id});
    }
    template <class A>
    void probe(Value<A> address, u32 size, Access access) {
        record(Opcode::probe, Type::kNone, {address.id}, size, static_cast<u64>(access));
    }
    template <class T, class A>
    Value<T> load_reserved(Value<A> address) {
        return make<T>(Opcode::load_reserved, {address.id});
    }
    template <class T, class A>
    Flag store_conditional(Value<A> address, Value<T> value) {
        return make_flag(Opcode::store_conditional, {address.id, value.id}, sizeof(T));
    }
    template <class T, class A>
    Value<T> atomic_rmw(AtomicOp op, Value<A> address, Value<T> operand) {
        return make<T>(Opcode::atomic_rmw, {address.id, operand.id}, static_cast<u64>(op));
    }
    void fence() { record(Opcode::fence, Type::kNone, {}); }
    // The operations that fault own their side exits, so the template goes on.
    static constexpr bool faulted() { return false; }

    // Control.
    template <class A>
    void jump(Value<A> target) {
        record(Opcode::jump, Type::kNone, {target.id});
    }
    void jump_relative(i64 offset) {
        record(Opcode::jump_relative, Type::kNone, {}, static_cast<u64>(offset));
    }
    void branch_if(Flag condition, i64 offset) {
        record(Opcode::branch_if, Type::kNone, {condition.id}, static_cast<u64>(offset));
    }
    template <class A>
    void trap(u64 cause, Value<A> value) {
        record(Opcode::trap, Type::kNone, {value.id}, cause);
    }
    template <class A>
    void trap_if(Flag condition, u64 cause, Value<A> value) {
        record(Opcode::trap_if, Type::kNone, {condition.id, value.id}, cause);
    }
    Value<u64> call(const Helper& helper, Value<u64> a, Value<u64> b, Value<u64> c) {
        return {record_helper(Opcode::call, Type::kU64, helper, {a.id, b.id, c.id})};
    }
    void exit_to_helper(const Helper& helper, Value<u64> a, Value<u64> b, Value<u64> c) {
        record_helper(Opcode::exit_to_helper, Type::kNone, helper, {a.id, b.id, c.id});
    }

  private:
    using Ids = std::initializer_list<ValueId>;

    static u64 constant_of(Rounding rm) { return static_cast<u64>(rm); }

    template <class T>
    Value<T> make(Opcode opcode, Ids operands, u64 constant = 0) {
        static_assert(kTypeOf<T> != Type::kNone);
        return {record(opcode, kTypeOf<T>, operands, constant)};
    }
    Flag make_flag(Opcode opcode, Ids operands, u64 constant = 0) {
        return {record(opcode, Type::kFlag, operands, constant)};
    }
    ValueId record_helper(Opcode opcode, Type type, const Helper& helper, Ids operands) {
        const ValueId id = record(opcode, type, operands);
        operations_.back().helper = &helper;
        return id;
    }
    // Nothing may follow a terminator.
    ValueId record(Opcode opcode, Type type, Ids operands, u64 constant = 0, u64 constant2 = 0) {
        assert(operations_.empty() ||
               opcode_info(operations_.back().opcode).effect != Effect::kEnds);
        operations_.push_back({opcode, type, operands, constant, constant2, nullptr});
        return static_cast<ValueId>(operations_.size() - 1);
    }

    std::vector<Operation> operations_;
};

static_assert(Emitter<Recorder>);

}  // namespace kiln::ir
