// The evaluating policy: computes while the template runs.
//
// One policy with two manners. The fast one answers from the TLB and the host's floating-point
// unit and never calls anything; where that does not do, it notes a miss. Since faults come before
// commits, the instruction has then changed nothing, and the handler runs it again in the careful
// manner, which calls the guest's slow paths.
#pragma once

#include <bit>
#include <cstring>
#include <type_traits>

#include "cpu/emitter.h"
#include "cpu/guest_fp_pause.h"
#include "cpu/host_float.h"
#include "cpu/soft_float.h"
#include "jit/interp/op.h"

namespace kiln::interp {

enum class Manner { kFast, kCareful };

// How the instruction goes on.
enum class Control : u8 { kNext, kBranch, kJumpRelative, kJump, kHelper };

template <class G, Manner kManner>
class Evaluator {
  public:
    template <class T>
    struct Value {
        using Type = T;
        Storage<T> raw;
    };
    struct Flag {
        bool raw;
        explicit operator bool() const = delete;
    };
    using Hart = typename G::Hart;
    static constexpr bool kBuilds = false;

    Evaluator(CpuState& state, const Op<G>* op, u64 pc) : state_(state), op_(op), pc_(pc) {}

    // For the handlers.
    bool missed() const { return missed_; }
    Control control() const { return control_; }
    bool taken() const { return taken_; }
    u64 target() const { return target_; }

    // Constants and state.
    template <class T>
    Value<T> imm(u64 value) {
        return {static_cast<Storage<T>>(value)};
    }
    template <class T>
    Value<T> get(StateOffset offset) {
        Storage<T> raw;
        std::memcpy(&raw, reinterpret_cast<const char*>(&state_) + offset, sizeof raw);
        return {raw};
    }
    template <class T>
    void set(StateOffset offset, Value<T> value) {
        std::memcpy(reinterpret_cast<char*>(&state_) + offset, &value.raw, sizeof value.raw);
    }
    template <class T>
    Value<T> pc() {
        return {static_cast<T>(pc_ + block_of(op_).offsets()[op_->operands.index])};
    }
    template <class T>
    Value<T> next_pc() {
        return {static_cast<T>(pc_ + block_of(op_).offsets()[op_->operands.index + 1])};
    }

    // Integers.
    template <class T>
    Value<T> add(Value<T> a, Value<T> b) {
        return {static_cast<T>(a.raw + b.raw)};
    }
    template <class T>
    Value<T> sub(Value<T> a, Value<T> b) {
        return {static_cast<T>(a.raw - b.raw)};
    }
    template <class T>
    Value<T> mul(Value<T> a, Value<T> b) {
        return {static_cast<T>(u64{a.raw} * b.raw)};
    }
    template <class T>
    Value<T> mul_high_u(Value<T> a, Value<T> b) {
        return {static_cast<T>(u128{a.raw} * b.raw >> sizeof(T) * 8)};
    }
    template <class T>
    Value<T> mul_high_s(Value<T> a, Value<T> b) {
        return {static_cast<T>(i128{as_signed(a)} * as_signed(b) >> sizeof(T) * 8)};
    }
    template <class T>
    Value<T> div_u(Value<T> a, Value<T> b) {
        return {b.raw == 0 ? static_cast<T>(~T{0}) : static_cast<T>(a.raw / b.raw)};
    }
    template <class T>
    Value<T> rem_u(Value<T> a, Value<T> b) {
        return {b.raw == 0 ? a.raw : static_cast<T>(a.raw % b.raw)};
    }
    template <class T>
    Value<T> div_s(Value<T> a, Value<T> b) {
        if (b.raw == 0) return {static_cast<T>(~T{0})};
        if (b.raw == static_cast<T>(~T{0})) return {static_cast<T>(T{0} - a.raw)};
        return {static_cast<T>(as_signed(a) / as_signed(b))};
    }
    template <class T>
    Value<T> rem_s(Value<T> a, Value<T> b) {
        if (b.raw == 0) return a;
        if (b.raw == static_cast<T>(~T{0})) return {0};
        return {static_cast<T>(as_signed(a) % as_signed(b))};
    }
    template <class T>
    Value<T> bit_and(Value<T> a, Value<T> b) {
        return {static_cast<T>(a.raw & b.raw)};
    }
    template <class T>
    Value<T> bit_or(Value<T> a, Value<T> b) {
        return {static_cast<T>(a.raw | b.raw)};
    }
    template <class T>
    Value<T> bit_xor(Value<T> a, Value<T> b) {
        return {static_cast<T>(a.raw ^ b.raw)};
    }
    template <class T>
    Value<T> shl(Value<T> a, Value<T> b) {
        return {static_cast<T>(a.raw << amount(b))};
    }
    template <class T>
    Value<T> shr(Value<T> a, Value<T> b) {
        return {static_cast<T>(a.raw >> amount(b))};
    }
    template <class T>
    Value<T> sar(Value<T> a, Value<T> b) {
        return {static_cast<T>(as_signed(a) >> amount(b))};
    }
    template <class T>
    Value<T> rotr(Value<T> a, Value<T> b) {
        return {std::rotr(a.raw, static_cast<int>(amount(b)))};
    }
    template <class T>
    Value<T> clz(Value<T> a) {
        return {static_cast<T>(std::countl_zero(a.raw))};
    }
    template <class T>
    Value<T> ctz(Value<T> a) {
        return {static_cast<T>(std::countr_zero(a.raw))};
    }
    template <class T>
    Value<T> popcount(Value<T> a) {
        return {static_cast<T>(std::popcount(a.raw))};
    }
    template <class T>
    Value<T> byte_swap(Value<T> a) {
        if constexpr (sizeof(T) == 8) {
            return {__builtin_bswap64(a.raw)};
        } else {
            return {__builtin_bswap32(a.raw)};
        }
    }
    template <class T>
    Value<T> clmul(Value<T> a, Value<T> b) {
        return {static_cast<T>(carryless_product(a.raw, b.raw))};
    }
    template <class T>
    Value<T> clmul_high(Value<T> a, Value<T> b) {
        return {static_cast<T>(carryless_product(a.raw, b.raw) >> sizeof(T) * 8)};
    }
    template <class To, class T>
    Value<To> zext(Value<T> a) {
        static_assert(sizeof(To) >= sizeof(T));
        return {static_cast<To>(a.raw)};
    }
    template <class To, class T>
    Value<To> sext(Value<T> a) {
        static_assert(sizeof(To) >= sizeof(T));
        return {static_cast<To>(static_cast<i64>(as_signed(a)))};
    }
    template <class To, class T>
    Value<To> trunc(Value<T> a) {
        static_assert(sizeof(To) <= sizeof(T));
        return {static_cast<To>(a.raw)};
    }

    // Conditions.
    template <class T>
    Flag eq(Value<T> a, Value<T> b) {
        return {a.raw == b.raw};
    }
    template <class T>
    Flag lt_u(Value<T> a, Value<T> b) {
        return {a.raw < b.raw};
    }
    template <class T>
    Flag lt_s(Value<T> a, Value<T> b) {
        return {as_signed(a) < as_signed(b)};
    }
    Flag flag_not(Flag a) { return {!a.raw}; }
    Flag flag_and(Flag a, Flag b) { return {(a.raw & b.raw) != 0}; }
    Flag flag_or(Flag a, Flag b) { return {(a.raw | b.raw) != 0}; }
    template <class T>
    Value<T> from_flag(Flag a) {
        return {static_cast<T>(a.raw)};
    }
    template <class T>
    Value<T> select(Flag condition, Value<T> a, Value<T> b) {
        return {condition.raw ? a.raw : b.raw};
    }

    // Floating point.
    template <class F>
    Value<F> as_float(Value<Storage<F>> bits) {
        return {bits.raw};
    }
    template <class F>
    Value<Storage<F>> as_bits(Value<F> value) {
        return {value.raw};
    }
    template <class F>
    Value<F> fadd(Value<F> a, Value<F> b, Rounding rm) {
        return arithmetic<F>(
            rm, [](auto... x) { return host::add(x...); },
            [](auto&&... x) { return soft::add(x...); }, a.raw, b.raw);
    }
    template <class F>
    Value<F> fsub(Value<F> a, Value<F> b, Rounding rm) {
        return arithmetic<F>(
            rm, [](auto... x) { return host::sub(x...); },
            [](auto&&... x) { return soft::sub(x...); }, a.raw, b.raw);
    }
    template <class F>
    Value<F> fmul(Value<F> a, Value<F> b, Rounding rm) {
        return arithmetic<F>(
            rm, [](auto... x) { return host::mul(x...); },
            [](auto&&... x) { return soft::mul(x...); }, a.raw, b.raw);
    }
    template <class F>
    Value<F> fdiv(Value<F> a, Value<F> b, Rounding rm) {
        return arithmetic<F>(
            rm, [](auto... x) { return host::div(x...); },
            [](auto&&... x) { return soft::div(x...); }, a.raw, b.raw);
    }
    template <class F>
    Value<F> fsqrt(Value<F> a, Rounding rm) {
        return arithmetic<F>(
            rm, [](auto... x) { return host::sqrt(x...); },
            [](auto&&... x) { return soft::sqrt(x...); }, a.raw);
    }
    template <class F>
    Value<F> fma(Value<F> a, Value<F> b, Value<F> c, Rounding rm) {
        if constexpr (kManner == Manner::kCareful || sizeof(a.raw) == 2) {
            return careful<F>(
                rm, [](auto&&... x) { return soft::fma(x...); }, a.raw, b.raw, c.raw);
        } else {
            if (static_cast<u8>(rm) != state_.host_fma_rounding) return miss<F>();
            const auto result = host::fma(a.raw, b.raw, c.raw);
            // The host does not raise invalid for infinity x 0 + quiet NaN.
            if (soft::is_nan(result)) return miss<F>();
            return {result};
        }
    }
    template <class F>
    Value<F> fcanonical(Value<F> a) {
        return {soft::is_nan(a.raw) ? soft::Format<Storage<F>>::kNan : a.raw};
    }
    template <class F>
    Flag feq(Value<F> a, Value<F> b) {
        if constexpr (use_host<F>)
            return {host::eq(a.raw, b.raw)};
        else
            return compare([&](u32& flags) { return soft::eq(a.raw, b.raw, flags); });
    }
    template <class F>
    Flag flt(Value<F> a, Value<F> b) {
        if constexpr (use_host<F>)
            return {host::lt(a.raw, b.raw)};
        else
            return compare([&](u32& flags) { return soft::lt(a.raw, b.raw, flags); });
    }
    template <class F>
    Flag fle(Value<F> a, Value<F> b) {
        if constexpr (use_host<F>)
            return {host::le(a.raw, b.raw)};
        else
            return compare([&](u32& flags) { return soft::le(a.raw, b.raw, flags); });
    }
    template <class To, class From>
    Value<To> fconvert(Value<From> a, Rounding rm) {
        auto by_software = [](auto&&... x) { return soft::convert<Storage<To>>(x...); };
        if constexpr (sizeof(Storage<To>) == 2 || sizeof(Storage<From>) == 2) {
            return careful<To>(rm, by_software, a.raw);
        } else {
            return arithmetic<To>(
                rm, [](auto x) { return host::convert<Storage<To>>(x); }, by_software, a.raw);
        }
    }
    template <class Int, class F>
    Value<std::make_unsigned_t<Int>> fto_int(Value<F> a, Rounding rm) {
        using U = std::make_unsigned_t<Int>;
        if constexpr (use_host<F>) {
            if (inside<Int, F>(a.raw)) {
                if (rm == Rounding::kRtz) return {host_to_int<Int, true>(a.raw)};
                if (static_cast<u8>(rm) == state_.host_rounding)
                    return {host_to_int<Int, false>(a.raw)};
            }
        }
        return careful<U>(
            rm, [](auto&&... x) { return static_cast<U>(soft::to_int<Int>(x...)); }, a.raw);
    }
    template <class F, class Int, class T>
    Value<F> ffrom_int(Value<T> a, Rounding rm) {
        // 32-bit unsigned integers take the 64-bit conversion, 64-bit ones too where they fit.
        using Wide = std::conditional_t<std::is_same_v<Int, i32>, i32, i64>;
        const Int value = static_cast<Int>(a.raw);
        auto by_software = [](auto&&... x) { return soft::from_int<Storage<F>>(x...); };
        if constexpr (use_host<F>) {
            if (std::is_same_v<Int, u64> && value >> (sizeof(Int) * 8 - 1) != 0) return miss<F>();
            return arithmetic<F>(
                rm, [](Wide x) { return host::from_int<Storage<F>>(x); }, by_software,
                static_cast<Wide>(value));
        } else {
            return careful<F>(rm, by_software, value);
        }
    }
    void fraise(Flag condition, u32 flags) { state_.soft_fflags |= condition.raw ? flags : 0; }

    // Memory.
    template <class T, class A>
    Value<T> load(Value<A> address) {
        const u64 at = address.raw;
        if constexpr (kManner == Manner::kFast) {
            const TlbEntry& entry = state_.tlb->load[Tlb::index(at)];
            if (entry.tag != Tlb::tag(at, sizeof(T))) return miss<T>();
            T raw;
            std::memcpy(&raw, reinterpret_cast<const void*>(at + entry.addend), sizeof raw);
            return {raw};
        } else {
            GuestFpPause pause(state_);
            u64 value = 0;
            check(G::load(hart(), at, sizeof(T), value, state_.reach));
            return {static_cast<T>(value)};
        }
    }
    template <class T, class A>
    void store(Value<A> address, Value<T> value) {
        const u64 at = address.raw;
        if constexpr (kManner == Manner::kFast) {
            const TlbEntry& entry = state_.tlb->store[Tlb::index(at)];
            if (entry.tag != Tlb::tag(at, sizeof(T))) {
                missed_ = true;
                return;
            }
            std::memcpy(reinterpret_cast<void*>(at + entry.addend), &value.raw, sizeof value.raw);
        } else {
            GuestFpPause pause(state_);
            check(G::store(hart(), at, sizeof(T), value.raw, state_.reach));
        }
    }
    template <class A>
    void probe(Value<A> address, u32 size, Access access) {
        if constexpr (kManner == Manner::kFast) {
            missed_ = true;
        } else {
            GuestFpPause pause(state_);
            G::probe(hart(), address.raw, size, access);
        }
    }
    template <class T, class A>
    Value<T> load_reserved(Value<A> address, Order) {
        if constexpr (kManner == Manner::kFast) {
            return miss<T>();
        } else {
            GuestFpPause pause(state_);
            u64 value = 0;
            G::load_reserved(hart(), address.raw, sizeof(T), value);
            return {static_cast<T>(value)};
        }
    }
    template <class T, class A>
    Flag store_conditional(Value<A> address, Value<T> value, Order) {
        bool stored = false;
        if constexpr (kManner == Manner::kFast) {
            missed_ = true;
        } else {
            GuestFpPause pause(state_);
            check(G::store_conditional(hart(), address.raw, sizeof(T), value.raw, stored,
                                       state_.reach));
        }
        return {stored};
    }
    template <class T, class A>
    Value<T> atomic_rmw(AtomicOp op, Value<A> address, Value<T> operand, Order) {
        if constexpr (kManner == Manner::kFast) {
            return miss<T>();
        } else {
            GuestFpPause pause(state_);
            u64 old = 0;
            check(
                G::atomic_rmw(hart(), op, address.raw, sizeof(T), operand.raw, old, state_.reach));
            return {static_cast<T>(old)};
        }
    }
    // All harts run on one thread.
    void fence(u8) {}
    bool faulted() const {
        if constexpr (kManner == Manner::kFast)
            return missed_;
        else
            return state_.trap_pending;
    }

    // Control.
    template <class A>
    void jump(Value<A> target, JumpHint) {
        control_ = Control::kJump;
        target_ = target.raw;
    }
    void jump_relative(i64 offset, JumpHint) {
        control_ = Control::kJumpRelative;
        set_relative(offset);
    }
    void branch_if(Flag condition, i64 offset) {
        control_ = Control::kBranch;
        taken_ = condition.raw;
        set_relative(offset);
    }
    template <class A>
    void trap(u64 cause, Value<A> value) {
        if constexpr (kManner == Manner::kFast)
            missed_ = true;
        else
            state_.raise(cause, value.raw);
    }
    template <class A>
    void trap_if(Flag condition, u64 cause, Value<A> value) {
        if (condition.raw) trap(cause, value);
    }
    Value<u64> call(const Helper& helper, Value<u64> a, Value<u64> b, Value<u64> c) {
        if constexpr (kManner == Manner::kFast) {
            return miss<u64>();
        } else {
            check(state_.reach == Reach::kEverything);
            if (faulted()) return {};
            GuestFpPause pause(state_);
            return {helper.function(state_, a.raw, b.raw, c.raw)};
        }
    }
    void exit_to_helper(const Helper& helper, Value<u64> a, Value<u64> b, Value<u64> c) {
        control_ = Control::kHelper;
        call(helper, a, b, c);
    }
    // Guest address of the relative target.
    u64 relative_target() {
        return static_cast<typename G::Address>(pc<u64>().raw + static_cast<u64>(offset_));
    }

  private:
    template <class F>
    static constexpr bool use_host = kManner == Manner::kFast && sizeof(Storage<F>) > 2;

    template <class T>
    static std::make_signed_t<T> as_signed(Value<T> a) {
        return static_cast<std::make_signed_t<T>>(a.raw);
    }
    template <class T>
    static unsigned amount(Value<T> b) {
        return static_cast<unsigned>(b.raw & (sizeof(T) * 8 - 1));
    }
    static u128 carryless_product(u64 a, u64 b) {
        u128 product = 0;
        for (unsigned bit = 0; bit < 64; ++bit)
            product ^= (u128{a} << bit) & (u128{0} - (b >> bit & 1));
        return product;
    }

    template <class T>
    Value<T> miss() {
        missed_ = true;
        return {};
    }
    Hart& hart() { return static_cast<Hart&>(state_); }
    void set_relative(i64 offset) { offset_ = offset; }
    // What was not done, and raised nothing, is beyond the reach.
    void check(bool done) {
        if (!done && !state_.trap_pending) state_.raise(kBeyondReach, 0);
    }

    // In the host's registers where the rounding mode is the one in MXCSR, else by software.
    template <class F, class OnHost, class InSoftware, class... Args>
    Value<F> arithmetic(Rounding rm, OnHost on_host, InSoftware in_software, Args... args) {
        if constexpr (use_host<F>) {
            if (static_cast<u8>(rm) != state_.host_rounding) return miss<F>();
            return {on_host(args...)};
        } else {
            return careful<F>(rm, in_software, args...);
        }
    }
    template <class F, class InSoftware, class... Args>
    Value<F> careful(Rounding rm, InSoftware in_software, Args... args) {
        if constexpr (kManner == Manner::kFast) {
            return miss<F>();
        } else {
            return {in_software(args..., rm, state_.soft_fflags)};
        }
    }
    template <class InSoftware>
    Flag compare(InSoftware in_software) {
        if constexpr (kManner == Manner::kFast) {
            missed_ = true;
            return {false};
        } else {
            return {in_software(state_.soft_fflags)};
        }
    }
    // Whether the conversion is surely in range, judged by the encoding: then the host's result and
    // flags are the guest's.
    template <class Int, class F>
    static bool inside(Storage<F> bits) {
        using L = soft::Format<Storage<F>>;
        constexpr int kFraction = sizeof(bits) == 4 ? 23 : 52;
        constexpr int kBias = sizeof(bits) == 4 ? 127 : 1023;
        constexpr int kBits = sizeof(Int) * 8;
        constexpr auto kLimit = static_cast<Storage<F>>(Storage<F>{kBias + kBits - 2} << kFraction);
        if constexpr (std::is_signed_v<Int>) {
            return (bits & static_cast<Storage<F>>(~L::kSign)) < kLimit;
        } else {
            return bits < kLimit;
        }
    }
    template <class Int, bool kTruncate, class B>
    static std::make_unsigned_t<Int> host_to_int(B bits) {
        using Wide = std::conditional_t<std::is_same_v<Int, i32>, i32, i64>;
        if constexpr (kTruncate) {
            return static_cast<std::make_unsigned_t<Int>>(host::to_int_truncated<Wide>(bits));
        } else {
            return static_cast<std::make_unsigned_t<Int>>(host::to_int<Wide>(bits));
        }
    }

    CpuState& state_;
    const Op<G>* op_;
    u64 pc_;
    u64 target_ = 0;
    i64 offset_ = 0;
    Control control_ = Control::kNext;
    bool missed_ = false;
    bool taken_ = false;
};

}  // namespace kiln::interp
