// The narrow waist between the meaning of guest instructions and the engines.
//
// A semantic template says what an instruction does by calling the operations below on a policy.
// The evaluating policy (jit/interp) computes at once; the building policy (jit/ir) writes the
// operations down for the backends. The rules a template obeys are in docs/architecture.md; in
// short: choices on guest data are `select`, faults come before commits, one effect a statement.
//
// Values are typed by width: Value<u8> ... Value<u64> for integers (signedness is in the
// operation) and Value<F16>, Value<F32>, Value<F64> for floating point.
#pragma once

#include <concepts>
#include <type_traits>

#include "cpu/rounding.h"
#include "support/int.h"

namespace kiln {

// Floating-point formats. `Bits` is the integer that holds a value's encoding.
struct F16 {
    using Bits = u16;
};
struct F32 {
    using Bits = u32;
};
struct F64 {
    using Bits = u64;
};

// The integer that holds a value of type T in memory and registers.
template <class T>
struct StorageOf {
    using Type = T;
};
template <class T>
requires requires { typename T::Bits; }
struct StorageOf<T> {
    using Type = typename T::Bits;
};
template <class T>
using Storage = typename StorageOf<T>::Type;

// What an access is for; decides the permission that is asked for and the fault that is raised.
enum class Access : u8 { kLoad, kStore, kFetch };

// Read-modify-write operations on memory.
enum class AtomicOp : u8 { kSwap, kAdd, kXor, kAnd, kOr, kMin, kMax, kMinU, kMaxU };

// What an atomic orders around itself (bits, as RISC-V's aq and rl): later accesses stay behind an
// acquire, earlier ones before a release.
enum class Order : u8 { kRelaxed = 0, kRelease = 1, kAcquire = 2, kAcquireRelease = 3 };

// What a fence orders (bits): earlier loads or stores against later loads or stores.
enum FenceBits : u8 {
    kFenceLoadLoad = 1,
    kFenceLoadStore = 2,
    kFenceStoreLoad = 4,
    kFenceStoreStore = 8,
};

// What a jump is for, as far as its encoding tells: return addresses are predicted from it.
enum class JumpHint : u8 {
    kNone,
    kCall,           // will return behind this instruction
    kReturn,         // goes where the last call that is open asked for
    kReturnAndCall,  // both, return first (coroutines)
};
constexpr bool returns(JumpHint hint) {
    return hint == JumpHint::kReturn || hint == JumpHint::kReturnAndCall;
}
constexpr bool calls(JumpHint hint) {
    return hint == JumpHint::kCall || hint == JumpHint::kReturnAndCall;
}

// Byte offset of a piece of guest state inside the hart's structure.
using StateOffset = u64;

struct CpuState;

// A function of the guest that all engines share, for what cannot be said with the operations
// below. Named, so that kept code refers to it by symbol. It may set a pending trap (the
// instruction then commits nothing) or ask the run to end after the instruction (CpuState).
struct Helper {
    const char* name;
    u64 (*function)(CpuState& state, u64 a, u64 b, u64 c) noexcept;
};

// The operations. V is any integer value type, A the guest's address type.
template <class E>
concept Emitter = requires(E e, typename E::template Value<u64> v,
                           typename E::template Value<u32> w, typename E::template Value<F64> d,
                           typename E::Flag flag, Rounding rm, StateOffset offset, Order order,
                           JumpHint hint, const Helper& helper) {
    // Whether the policy writes operations down: then a template may spend a test on decoded fields
    // to write better ones, which mean the same.
    { E::kBuilds } -> std::convertible_to<bool>;
    // A condition on guest data never steers the template itself.
    requires !std::convertible_to<typename E::Flag, bool>;
    requires !std::is_constructible_v<bool, typename E::Flag>;

    // Constants and guest state.
    { e.template imm<u64>(u64{}) } -> std::same_as<decltype(v)>;
    { e.template get<u64>(offset) } -> std::same_as<decltype(v)>;
    { e.set(offset, v) } -> std::same_as<void>;
    // Guest pc of this instruction and of the one behind it.
    { e.template pc<u64>() } -> std::same_as<decltype(v)>;
    { e.template next_pc<u64>() } -> std::same_as<decltype(v)>;

    // Integers. Arithmetic wraps; shifts take their amount modulo the width; x / 0 is all ones,
    // x % 0 is x, and the one signed overflow gives the dividend with remainder 0.
    { e.add(v, v) } -> std::same_as<decltype(v)>;
    { e.sub(v, v) } -> std::same_as<decltype(v)>;
    { e.mul(v, v) } -> std::same_as<decltype(v)>;
    { e.mul_high_u(v, v) } -> std::same_as<decltype(v)>;
    { e.mul_high_s(v, v) } -> std::same_as<decltype(v)>;
    { e.div_u(v, v) } -> std::same_as<decltype(v)>;
    { e.div_s(v, v) } -> std::same_as<decltype(v)>;
    { e.rem_u(v, v) } -> std::same_as<decltype(v)>;
    { e.rem_s(v, v) } -> std::same_as<decltype(v)>;
    { e.bit_and(v, v) } -> std::same_as<decltype(v)>;
    { e.bit_or(v, v) } -> std::same_as<decltype(v)>;
    { e.bit_xor(v, v) } -> std::same_as<decltype(v)>;
    { e.shl(v, v) } -> std::same_as<decltype(v)>;
    { e.shr(v, v) } -> std::same_as<decltype(v)>;
    { e.sar(v, v) } -> std::same_as<decltype(v)>;
    { e.rotr(v, v) } -> std::same_as<decltype(v)>;
    // Leading and trailing zeros (the width for 0), set bits, reversed bytes.
    { e.clz(v) } -> std::same_as<decltype(v)>;
    { e.ctz(v) } -> std::same_as<decltype(v)>;
    { e.popcount(v) } -> std::same_as<decltype(v)>;
    { e.byte_swap(v) } -> std::same_as<decltype(v)>;
    // Carry-less product: its low and its high half.
    { e.clmul(v, v) } -> std::same_as<decltype(v)>;
    { e.clmul_high(v, v) } -> std::same_as<decltype(v)>;
    { e.template zext<u64>(w) } -> std::same_as<decltype(v)>;
    { e.template sext<u64>(w) } -> std::same_as<decltype(v)>;
    { e.template trunc<u32>(v) } -> std::same_as<decltype(w)>;

    // Conditions.
    { e.eq(v, v) } -> std::same_as<decltype(flag)>;
    { e.lt_u(v, v) } -> std::same_as<decltype(flag)>;
    { e.lt_s(v, v) } -> std::same_as<decltype(flag)>;
    { e.flag_not(flag) } -> std::same_as<decltype(flag)>;
    { e.flag_and(flag, flag) } -> std::same_as<decltype(flag)>;
    { e.flag_or(flag, flag) } -> std::same_as<decltype(flag)>;
    { e.template from_flag<u64>(flag) } -> std::same_as<decltype(v)>;
    { e.select(flag, v, v) } -> std::same_as<decltype(v)>;

    // Floating point. Exceptions raised are an effect on the guest's sticky flags. A NaN result
    // has no particular payload. An invalid product inside fma raises invalid whatever the addend.
    { e.template as_float<F64>(v) } -> std::same_as<decltype(d)>;
    { e.as_bits(d) } -> std::same_as<decltype(v)>;
    { e.fadd(d, d, rm) } -> std::same_as<decltype(d)>;
    { e.fsub(d, d, rm) } -> std::same_as<decltype(d)>;
    { e.fmul(d, d, rm) } -> std::same_as<decltype(d)>;
    { e.fdiv(d, d, rm) } -> std::same_as<decltype(d)>;
    { e.fsqrt(d, rm) } -> std::same_as<decltype(d)>;
    { e.fma(d, d, d, rm) } -> std::same_as<decltype(d)>;
    // Any NaN becomes the default one: positive, quiet, no payload.
    { e.fcanonical(d) } -> std::same_as<decltype(d)>;
    // feq is quiet; flt and fle raise invalid for any NaN.
    { e.feq(d, d) } -> std::same_as<decltype(flag)>;
    { e.flt(d, d) } -> std::same_as<decltype(flag)>;
    { e.fle(d, d) } -> std::same_as<decltype(flag)>;
    { e.template fconvert<F32>(d, rm) } -> std::same_as<typename E::template Value<F32>>;
    // To an integer, saturating, NaN to the largest; from an integer. I carries the signedness.
    { e.template fto_int<i64>(d, rm) } -> std::same_as<decltype(v)>;
    { e.template ffrom_int<F64, i64>(v, rm) } -> std::same_as<decltype(d)>;
    // Raises the sticky flags `mask` (numbered as RISC-V's fflags) where the condition holds.
    { e.fraise(flag, u32{}) } -> std::same_as<void>;

    // Memory. Each of these may fault, before anything is committed: the template returns at once
    // when faulted() says so. A misaligned load or store is done; a misaligned atomic must have
    // been trapped by the template.
    { e.template load<u64>(v) } -> std::same_as<decltype(v)>;
    { e.store(v, w) } -> std::same_as<void>;
    { e.probe(v, u32{}, Access::kStore) } -> std::same_as<void>;
    { e.template load_reserved<u64>(v, order) } -> std::same_as<decltype(v)>;
    // True: stored.
    { e.store_conditional(v, w, order) } -> std::same_as<typename E::Flag>;
    { e.atomic_rmw(AtomicOp::kAdd, v, w, order) } -> std::same_as<decltype(w)>;
    { e.fence(u8{kFenceStoreLoad}) } -> std::same_as<void>;
    { e.faulted() } -> std::same_as<bool>;

    // Control. At most one of jump, jump_relative, branch_if, trap, exit_to_helper a template.
    // Relative targets are counted from this instruction's pc.
    { e.jump(v, hint) } -> std::same_as<void>;
    { e.jump_relative(i64{}, hint) } -> std::same_as<void>;
    { e.branch_if(flag, i64{}) } -> std::same_as<void>;
    { e.trap(u64{}, v) } -> std::same_as<void>;
    { e.trap_if(flag, u64{}, v) } -> std::same_as<void>;
    { e.call(helper, v, v, v) } -> std::same_as<typename E::template Value<u64>>;
    // Ends the block; the helper decides where execution goes on.
    { e.exit_to_helper(helper, v, v, v) } -> std::same_as<void>;
};

}  // namespace kiln
