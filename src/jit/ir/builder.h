// The building policy: each operation of the emitter becomes an instruction of a block.
//
//     typename G::template View<ir::Builder> view(address_type);
//     view.begin_insn(pc_offset, length);
//     G::template apply<row>(view, operands);    // for each guest instruction
//     ir::Block block = view.finish();
#pragma once

#include <cassert>
#include <type_traits>
#include <utility>

#include "jit/ir/block.h"

namespace kiln::ir {

class Builder {
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

    static constexpr bool kBuilds = true;

    // `address` is the type of the guest's addresses, kI32 or kI64.
    explicit Builder(Type address) {
        block_.address = address;
        block_.insts.reserve(kUsualInsts);
        block_.points.reserve(kUsualPoints);
    }

    // The operations that follow are those of the instruction at the entry's pc + `pc`. One of
    // length 0 is bookkeeping and does not count. Not after a terminator.
    void begin_insn(u32 pc, u32 length);
    // The block. Without a terminator it goes on behind its last instruction.
    Block finish();

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
        add_inst(Opcode::set, Type::kNone, {value.id}, offset);
    }
    template <class T>
    Value<T> pc() {
        return make_address<T>(block_.points.back().pc);
    }
    template <class T>
    Value<T> next_pc() {
        return make_address<T>(block_.end);
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
    // A conversion to the same width is none.
    template <class To, class T>
    Value<To> zext(Value<T> a) {
        static_assert(sizeof(To) >= sizeof(T));
        return convert<To>(Opcode::zext, a);
    }
    template <class To, class T>
    Value<To> sext(Value<T> a) {
        static_assert(sizeof(To) >= sizeof(T));
        return convert<To>(Opcode::sext, a);
    }
    template <class To, class T>
    Value<To> trunc(Value<T> a) {
        static_assert(sizeof(To) <= sizeof(T));
        return convert<To>(Opcode::trunc, a);
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
    Flag flag_not(Flag a) {
        const ValueId yes = add_inst(Opcode::imm, Type::kI1, {}, 1);
        return make_flag(Opcode::bit_xor, {a.id, yes});
    }
    Flag flag_and(Flag a, Flag b) { return make_flag(Opcode::bit_and, {a.id, b.id}); }
    Flag flag_or(Flag a, Flag b) { return make_flag(Opcode::bit_or, {a.id, b.id}); }
    template <class T>
    Value<T> from_flag(Flag a) {
        return make<T>(Opcode::zext, {a.id});
    }
    template <class T>
    Value<T> select(Flag condition, Value<T> a, Value<T> b) {
        return make<T>(Opcode::select, {condition.id, a.id, b.id});
    }

    // Floating point.
    template <class F>
    Value<F> as_float(Value<Storage<F>> bits) {
        return make<F>(Opcode::bitcast, {bits.id});
    }
    template <class F>
    Value<Storage<F>> as_bits(Value<F> value) {
        return make<Storage<F>>(Opcode::bitcast, {value.id});
    }
    template <class F>
    Value<F> fadd(Value<F> a, Value<F> b, Rounding rm) {
        return make<F>(Opcode::fadd, {a.id, b.id}, static_cast<u64>(rm));
    }
    template <class F>
    Value<F> fsub(Value<F> a, Value<F> b, Rounding rm) {
        return make<F>(Opcode::fsub, {a.id, b.id}, static_cast<u64>(rm));
    }
    template <class F>
    Value<F> fmul(Value<F> a, Value<F> b, Rounding rm) {
        return make<F>(Opcode::fmul, {a.id, b.id}, static_cast<u64>(rm));
    }
    template <class F>
    Value<F> fdiv(Value<F> a, Value<F> b, Rounding rm) {
        return make<F>(Opcode::fdiv, {a.id, b.id}, static_cast<u64>(rm));
    }
    template <class F>
    Value<F> fsqrt(Value<F> a, Rounding rm) {
        return make<F>(Opcode::fsqrt, {a.id}, static_cast<u64>(rm));
    }
    template <class F>
    Value<F> fma(Value<F> a, Value<F> b, Value<F> c, Rounding rm) {
        return make<F>(Opcode::fma, {a.id, b.id, c.id}, static_cast<u64>(rm));
    }
    template <class F>
    Value<F> fcanonical(Value<F> a) {
        return make<F>(Opcode::fcanonical, {a.id});
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
        return make<To>(Opcode::fconvert, {a.id}, static_cast<u64>(rm));
    }
    template <class Int, class F>
    Value<std::make_unsigned_t<Int>> fto_int(Value<F> a, Rounding rm) {
        constexpr Opcode kOpcode = std::is_signed_v<Int> ? Opcode::fto_int_s : Opcode::fto_int_u;
        return make<std::make_unsigned_t<Int>>(kOpcode, {a.id}, static_cast<u64>(rm));
    }
    template <class F, class Int, class T>
    Value<F> ffrom_int(Value<T> a, Rounding rm) {
        static_assert(sizeof(Int) == sizeof(T));
        constexpr Opcode kOpcode =
            std::is_signed_v<Int> ? Opcode::ffrom_int_s : Opcode::ffrom_int_u;
        return make<F>(kOpcode, {a.id}, static_cast<u64>(rm));
    }
    void fraise(Flag condition, u32 flags) {
        add_inst(Opcode::fraise, Type::kNone, {condition.id}, flags);
    }

    // Memory.
    template <class T, class A>
    Value<T> load(Value<A> address) {
        return make<T>(Opcode::load, {address.id});
    }
    template <class T, class A>
    void store(Value<A> address, Value<T> value) {
        add_inst(Opcode::store, Type::kNone, {address.id, value.id});
    }
    template <class A>
    void probe(Value<A> address, u32 size, Access access) {
        add_inst(Opcode::probe, Type::kNone, {address.id}, pack_probe(size, access));
    }
    template <class T, class A>
    Value<T> load_reserved(Value<A> address, Order order) {
        return make<T>(Opcode::load_reserved, {address.id}, static_cast<u64>(order));
    }
    template <class T, class A>
    Flag store_conditional(Value<A> address, Value<T> value, Order order) {
        return make_flag(Opcode::store_conditional, {address.id, value.id},
                         static_cast<u64>(order));
    }
    template <class T, class A>
    Value<T> atomic_rmw(AtomicOp op, Value<A> address, Value<T> operand, Order order) {
        return make<T>(Opcode::atomic_rmw, {address.id, operand.id}, pack_atomic(op, order));
    }
    void fence(u8 order) { add_inst(Opcode::fence, Type::kNone, {}, order); }
    // The operations that fault own their side exits, so the template goes on.
    static constexpr bool faulted() { return false; }

    // Control.
    template <class A>
    void jump(Value<A> target, JumpHint hint) {
        end_with(IndirectJump{target.id, hint});
    }
    void jump_relative(i64 offset, JumpHint hint) { end_with(Jump{here() + offset, hint}); }
    void branch_if(Flag condition, i64 offset) {
        end_with(Branch{condition.id, here() + offset, block_.end});
    }
    template <class A>
    void trap(u64 cause, Value<A> value) {
        end_with(Trap{cause, value.id});
    }
    template <class A>
    void trap_if(Flag condition, u64 cause, Value<A> value) {
        add_inst(Opcode::trap_if, Type::kNone, {condition.id, value.id}, cause);
    }
    Value<u64> call(const Helper& helper, Value<u64> a, Value<u64> b, Value<u64> c) {
        return make<u64>(Opcode::call, {a.id, b.id, c.id}, block_.helper_index(helper));
    }
    void exit_to_helper(const Helper& helper, Value<u64> a, Value<u64> b, Value<u64> c) {
        end_with(HelperExit{block_.helper_index(helper), {a.id, b.id, c.id}});
    }

  private:
    static constexpr size_t kUsualInsts = 256;
    static constexpr size_t kUsualPoints = 32;

    struct Ids {
        ValueId a = kNoValue, b = kNoValue, c = kNoValue;
    };

    template <class T>
    Value<T> make(Opcode opcode, Ids operands, u64 imm = 0) {
        static_assert(kTypeOf<T> != Type::kNone);
        return {add_inst(opcode, kTypeOf<T>, operands, imm)};
    }
    Flag make_flag(Opcode opcode, Ids operands, u64 imm = 0) {
        return {add_inst(opcode, Type::kI1, operands, imm)};
    }
    // pc is of the guest's address type.
    template <class T>
    Value<T> make_address(u32 offset) {
        assert(kTypeOf<T> == block_.address);
        return make<T>(Opcode::pc, {}, offset);
    }
    template <class To, class T>
    Value<To> convert(Opcode opcode, Value<T> a) {
        if constexpr (std::is_same_v<To, T>) {
            return a;
        } else {
            return make<To>(opcode, {a.id});
        }
    }
    i64 here() const { return block_.points.back().pc; }
    ValueId add_inst(Opcode opcode, Type type, Ids operands, u64 imm = 0);
    void end_with(Terminal terminal);

    Block block_;
    bool ended_ = false;
};

static_assert(Emitter<Builder>);

}  // namespace kiln::ir
