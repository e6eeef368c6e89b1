// The host's own floating point instructions, over bit patterns: binary32 in uint32_t, binary64 in
// uint64_t. Each function is one SSE2 or FMA3 instruction in a volatile asm, so the compiler
// neither folds it nor moves it across an access to MXCSR, which gives the rounding mode and
// collects the exceptions. Registers only: no stack, no branch.
//
// Results are RAW. Where they differ from RISC-V (the flags never do but for `fma`):
//  - A NaN result has the host's payload and sign; RISC-V wants the canonical NaN.
//  - fma(infinity, 0, quiet NaN) raises nothing; RISC-V raises NV, as both do for any other addend.
//  - to_int of a NaN or of what does not fit raises NV and gives 0x80..0 ("integer indefinite");
//    RISC-V saturates, NaN to the maximum. A result other than 0x80..0 is always right.
//  - There is no rounding to nearest with ties away from zero: that is kiln::soft's.
// Underflow is detected after rounding and, exceptions being masked, raised for inexact results
// only, as in RISC-V. The host's denormal-operand flag has no counterpart. DAZ and FTZ must be off.
//
// `flags` below are those that can be raised, in RISC-V's names; NV includes any signaling operand.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cpuid.h>
#include <cstdint>
#include <emmintrin.h>
#include <type_traits>

namespace kiln::host {

// ---- MXCSR ----

inline constexpr uint32_t kMxcsrInvalid = 1u << 0;
inline constexpr uint32_t kMxcsrDenormal = 1u << 1;
inline constexpr uint32_t kMxcsrDivideByZero = 1u << 2;
inline constexpr uint32_t kMxcsrOverflow = 1u << 3;
inline constexpr uint32_t kMxcsrUnderflow = 1u << 4;
inline constexpr uint32_t kMxcsrInexact = 1u << 5;
inline constexpr uint32_t kMxcsrFlags = 0x3f;
inline constexpr uint32_t kMxcsrDefault = 0x1f80;  // all masked, to nearest even, no flags
inline constexpr int kMxcsrRoundingShift = 13;
inline constexpr uint32_t kMxcsrRounding = 3u << kMxcsrRoundingShift;

[[gnu::always_inline]] inline uint32_t read_mxcsr() noexcept {
    uint32_t value;
    asm volatile("stmxcsr %0" : "=m"(value));
    return value;
}

// `value` must keep the six exceptions masked and the reserved bits 16 and up zero.
[[gnu::always_inline]] inline void write_mxcsr(uint32_t value) noexcept {
    asm volatile("ldmxcsr %0" : : "m"(value) : "memory");
}

namespace detail {

// RISC-V's fflags for each value of MXCSR's flags: the same but for the order, and for the flag of
// denormal operands, which is dropped.
inline constexpr auto kFflags = [] {
    std::array<uint8_t, kMxcsrFlags + 1> table{};
    for (uint32_t m = 0; m <= kMxcsrFlags; ++m) {
        const uint32_t nx = (m & kMxcsrInexact) != 0 ? 1 : 0;
        const uint32_t uf = (m & kMxcsrUnderflow) != 0 ? 2 : 0;
        const uint32_t of = (m & kMxcsrOverflow) != 0 ? 4 : 0;
        const uint32_t dz = (m & kMxcsrDivideByZero) != 0 ? 8 : 0;
        const uint32_t nv = (m & kMxcsrInvalid) != 0 ? 16 : 0;
        table[m] = static_cast<uint8_t>(nx | uf | of | dz | nv);
    }
    return table;
}();

// The inverse, by fflags.
inline constexpr auto kFlagsOfFflags = [] {
    std::array<uint8_t, 32> table{};
    for (uint32_t m = 0; m <= kMxcsrFlags; ++m)
        if ((m & kMxcsrDenormal) == 0) table[kFflags[m]] = static_cast<uint8_t>(m);
    return table;
}();

// MXCSR's rounding control for frm 0 to 3 (RNE, RTZ, RDN, RUP), two bits each.
inline constexpr uint32_t kControlOfFrm = 0 << 0 | 3 << 2 | 1 << 4 | 2 << 6;

}  // namespace detail

// RISC-V's fflags (0 to 31) out of an MXCSR value.
[[gnu::always_inline]] inline uint32_t fflags_from_mxcsr(uint32_t mxcsr) noexcept {
    return detail::kFflags[mxcsr & kMxcsrFlags];
}

// The MXCSR value, exceptions masked, for frm (0 to 7) and fflags (0 to 31). The modes that the
// host lacks (4, and the reserved 5 to 7) round to nearest even.
[[gnu::always_inline]] inline uint32_t mxcsr_from(uint32_t frm, uint32_t fflags) noexcept {
    const uint32_t control = detail::kControlOfFrm >> (2 * (frm & 7)) & 3;
    return kMxcsrDefault | control << kMxcsrRoundingShift | detail::kFlagsOfFflags[fflags & 31];
}

// ---- What the host can do (CPUID leaf 1; FMA needs YMM state that the kernel saves) ----

namespace detail {

inline bool has_vex_feature(uint32_t ecx_bit) noexcept {
    unsigned eax, ebx, ecx, edx;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0) return false;
    const unsigned needed = bit_OSXSAVE | bit_AVX | ecx_bit;
    if ((ecx & needed) != needed) return false;
    uint32_t xcr0, high;
    asm volatile("xgetbv" : "=a"(xcr0), "=d"(high) : "c"(0));
    return (xcr0 & 6) == 6;
}

}  // namespace detail

// Whether fma may be called.
inline bool host_has_fma() noexcept {
    static const bool has = detail::has_vex_feature(bit_FMA);
    return has;
}

// ---- Bits and XMM registers ----

// The two formats in which the host computes.
template <typename F>
concept HostBinary = std::same_as<F, uint32_t> || std::same_as<F, uint64_t>;

// The integers from and to which it converts.
template <typename Int>
concept HostInt = std::same_as<Int, int32_t> || std::same_as<Int, int64_t>;

namespace detail {

template <HostBinary F>
inline constexpr bool kSingle = std::same_as<F, uint32_t>;

template <HostBinary F>
using Register = std::conditional_t<kSingle<F>, float, double>;

template <HostBinary F>
[[gnu::always_inline]] inline Register<F> load(F bits) noexcept {
    return std::bit_cast<Register<F>>(bits);
}

template <HostBinary F>
[[gnu::always_inline]] inline F store(Register<F> value) noexcept {
    return std::bit_cast<F>(value);
}

}  // namespace detail

// ---- Arithmetic ----

// flags: NV OF UF NX.
template <HostBinary F>
[[gnu::always_inline]] inline F add(F a, F b) noexcept {
    auto x = detail::load(a);
    if constexpr (detail::kSingle<F>)
        asm volatile("addss %1, %0" : "+x"(x) : "x"(detail::load(b)));
    else
        asm volatile("addsd %1, %0" : "+x"(x) : "x"(detail::load(b)));
    return detail::store<F>(x);
}

// flags: NV OF UF NX.
template <HostBinary F>
[[gnu::always_inline]] inline F sub(F a, F b) noexcept {
    auto x = detail::load(a);
    if constexpr (detail::kSingle<F>)
        asm volatile("subss %1, %0" : "+x"(x) : "x"(detail::load(b)));
    else
        asm volatile("subsd %1, %0" : "+x"(x) : "x"(detail::load(b)));
    return detail::store<F>(x);
}

// flags: NV OF UF NX.
template <HostBinary F>
[[gnu::always_inline]] inline F mul(F a, F b) noexcept {
    auto x = detail::load(a);
    if constexpr (detail::kSingle<F>)
        asm volatile("mulss %1, %0" : "+x"(x) : "x"(detail::load(b)));
    else
        asm volatile("mulsd %1, %0" : "+x"(x) : "x"(detail::load(b)));
    return detail::store<F>(x);
}

// flags: NV DZ OF UF NX.
template <HostBinary F>
[[gnu::always_inline]] inline F div(F a, F b) noexcept {
    auto x = detail::load(a);
    if constexpr (detail::kSingle<F>)
        asm volatile("divss %1, %0" : "+x"(x) : "x"(detail::load(b)));
    else
        asm volatile("divsd %1, %0" : "+x"(x) : "x"(detail::load(b)));
    return detail::store<F>(x);
}

// flags: NV NX.
template <HostBinary F>
[[gnu::always_inline]] inline F sqrt(F a) noexcept {
    auto x = detail::load(a);
    if constexpr (detail::kSingle<F>)
        asm volatile("sqrtss %0, %0" : "+x"(x));
    else
        asm volatile("sqrtsd %0, %0" : "+x"(x));
    return detail::store<F>(x);
}

// a * b + c, rounded once. flags: NV OF UF NX. Needs host_has_fma().
template <HostBinary F>
[[gnu::always_inline]] inline F fma(F a, F b, F c) noexcept {
    auto x = detail::load(a);
    if constexpr (detail::kSingle<F>)
        asm volatile("vfmadd213ss %2, %1, %0"
                     : "+x"(x)
                     : "x"(detail::load(b)), "x"(detail::load(c)));
    else
        asm volatile("vfmadd213sd %2, %1, %0"
                     : "+x"(x)
                     : "x"(detail::load(b)), "x"(detail::load(c)));
    return detail::store<F>(x);
}

// ---- Comparisons: false for a NaN ----

// a == b. flags: NV for a signaling NaN only.
template <HostBinary F>
[[gnu::always_inline]] inline bool eq(F a, F b) noexcept {
    bool equal, ordered;
    if constexpr (detail::kSingle<F>)
        asm volatile("ucomiss %3, %2"
                     : "=@ccz"(equal), "=@ccnp"(ordered)
                     : "x"(detail::load(a)), "x"(detail::load(b)));
    else
        asm volatile("ucomisd %3, %2"
                     : "=@ccz"(equal), "=@ccnp"(ordered)
                     : "x"(detail::load(a)), "x"(detail::load(b)));
    return equal & ordered;
}

// a < b, as b above a: "above" and "above or equal" exclude the unordered case. flags: NV for any
// NaN.
template <HostBinary F>
[[gnu::always_inline]] inline bool lt(F a, F b) noexcept {
    bool above;
    if constexpr (detail::kSingle<F>)
        asm volatile("comiss %1, %2" : "=@cca"(above) : "x"(detail::load(a)), "x"(detail::load(b)));
    else
        asm volatile("comisd %1, %2" : "=@cca"(above) : "x"(detail::load(a)), "x"(detail::load(b)));
    return above;
}

// a <= b. flags: NV for any NaN.
template <HostBinary F>
[[gnu::always_inline]] inline bool le(F a, F b) noexcept {
    bool above;
    if constexpr (detail::kSingle<F>)
        asm volatile("comiss %1, %2"
                     : "=@ccae"(above)
                     : "x"(detail::load(a)), "x"(detail::load(b)));
    else
        asm volatile("comisd %1, %2"
                     : "=@ccae"(above)
                     : "x"(detail::load(a)), "x"(detail::load(b)));
    return above;
}

// ---- Conversions ----

// binary32 to binary64. flags: NV. (In place: a separate destination would be a false dependency.)
template <std::same_as<uint64_t> To>
[[gnu::always_inline]] inline To convert(uint32_t a) noexcept {
    auto x = detail::load(uint64_t{a});
    asm volatile("cvtss2sd %0, %0" : "+x"(x));
    return detail::store<uint64_t>(x);
}

// binary64 to binary32. flags: NV OF UF NX.
template <std::same_as<uint32_t> To>
[[gnu::always_inline]] inline To convert(uint64_t a) noexcept {
    auto x = detail::load(a);
    asm volatile("cvtsd2ss %0, %0" : "+x"(x));
    return static_cast<uint32_t>(detail::store<uint64_t>(x));
}

// From an integer. flags: NX.
template <HostBinary F, HostInt Int>
[[gnu::always_inline]] inline F from_int(Int value) noexcept {
    detail::Register<F> x = 0;  // else the instruction would depend on what the register held
    if constexpr (detail::kSingle<F> && sizeof(Int) == 4)
        asm volatile("cvtsi2ssl %1, %0" : "+x"(x) : "r"(value));
    else if constexpr (detail::kSingle<F>)
        asm volatile("cvtsi2ssq %1, %0" : "+x"(x) : "r"(value));
    else if constexpr (sizeof(Int) == 4)
        asm volatile("cvtsi2sdl %1, %0" : "+x"(x) : "r"(value));
    else
        asm volatile("cvtsi2sdq %1, %0" : "+x"(x) : "r"(value));
    return detail::store<F>(x);
}

// To an integer, in MXCSR's rounding mode. flags: NV, else NX.
template <HostInt Int, HostBinary F>
[[gnu::always_inline]] inline Int to_int(F a) noexcept {
    Int value;
    if constexpr (detail::kSingle<F>)
        asm volatile("cvtss2si %1, %0" : "=r"(value) : "x"(detail::load(a)));
    else
        asm volatile("cvtsd2si %1, %0" : "=r"(value) : "x"(detail::load(a)));
    return value;
}

// To an integer, towards zero whatever the mode. flags: NV, else NX.
template <HostInt Int, HostBinary F>
[[gnu::always_inline]] inline Int to_int_truncated(F a) noexcept {
    Int value;
    if constexpr (detail::kSingle<F>)
        asm volatile("cvttss2si %1, %0" : "=r"(value) : "x"(detail::load(a)));
    else
        asm volatile("cvttsd2si %1, %0" : "=r"(value) : "x"(detail::load(a)));
    return value;
}

}  // namespace kiln::host
