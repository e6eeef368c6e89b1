// What the semantic templates see of a hart: the policy's operations plus RISC-V's registers.
#pragma once

#include <cstddef>

#include "cpu/emitter.h"
#include "cpu/riscv/operands.h"
#include "cpu/riscv/state.h"

namespace kiln::riscv {

// E is the policy, X the register type (u32 or u64).
template <class E, class X>
class MachineView : public E {
  public:
    using E::E;
    template <class T>
    using Value = typename E::template Value<T>;
    using Flag = typename E::Flag;
    using Reg = X;
    static constexpr unsigned kXlen = sizeof(X) * 8;

    // Integer registers. x0 holds zero and no instruction writes it: see kNoRd.
    Value<X> x(u8 reg) {
        if constexpr (E::kBuilds)
            if (reg == 0) return imm_x(0);
        return this->template get<X>(x_offset(reg));
    }
    void set_x(u8 reg, Value<X> value) {
        if constexpr (E::kBuilds)
            if (reg == kNoRd) return;
        this->set(x_offset(reg), value);
    }
    // A 32-bit result, sign-extended to the register's width.
    void set_x_w(u8 reg, Value<u32> value) { set_x(reg, widen(value)); }
    Value<X> widen(Value<u32> value) {
        if constexpr (kXlen == 32) {
            return value;
        } else {
            return this->template sext<X>(value);
        }
    }
    // The low 32 bits of a register.
    Value<u32> w(u8 reg) {
        if constexpr (kXlen == 32) {
            return x(reg);
        } else {
            return this->template trunc<u32>(x(reg));
        }
    }

    Value<X> imm_x(i64 value) { return this->template imm<X>(static_cast<X>(value)); }
    // rs1 + immediate: the address of loads and stores.
    Value<X> address(const Operands& o) {
        auto base = x(o.rs1);
        return this->add(base, imm_x(o.imm));
    }

    // Floating-point registers, 64 bits wide, narrower values NaN-boxed (ISA manual, "NaN Boxing
    // of Narrower Values"): what is not boxed reads as the canonical NaN.
    template <class F>
    Value<Storage<F>> f_bits(u8 reg) {
        auto whole = this->template get<u64>(f_offset(reg));
        if constexpr (sizeof(Storage<F>) == 8) {
            return whole;
        } else {
            auto boxed = this->lt_u(this->template imm<u64>(kBox<F> - 1), whole);
            auto low = this->template trunc<Storage<F>>(whole);
            return this->select(boxed, low, canonical_nan<F>());
        }
    }
    template <class F>
    Value<F> f(u8 reg) {
        return this->template as_float<F>(f_bits<F>(reg));
    }
    template <class F>
    void set_f_bits(u8 reg, Value<Storage<F>> bits) {
        if constexpr (sizeof(Storage<F>) == 8) {
            this->set(f_offset(reg), bits);
        } else {
            auto wide = this->template zext<u64>(bits);
            this->set(f_offset(reg), this->bit_or(wide, this->template imm<u64>(kBox<F>)));
        }
    }
    // Writes an arithmetic result: any NaN becomes the canonical one.
    template <class F>
    void set_f(u8 reg, Value<F> value) {
        set_f_bits<F>(reg, this->as_bits(this->fcanonical(value)));
    }

    template <class F>
    static constexpr Storage<F> kSign = static_cast<Storage<F>>(Storage<F>{1}
                                                                << (sizeof(Storage<F>) * 8 - 1));
    template <class F>
    static constexpr Storage<F> kInfinity = sizeof(Storage<F>) == 2 ? Storage<F>(0x7c00)
                                            : sizeof(Storage<F>) == 4
                                                ? Storage<F>(0x7f800000)
                                                : Storage<F>(0x7ff0000000000000);
    template <class F>
    Value<Storage<F>> canonical_nan() {
        return this->template imm<Storage<F>>(kCanonicalNan<F>);
    }
    template <class F>
    Flag is_nan(Value<Storage<F>> bits) {
        using B = Storage<F>;
        auto magnitude = this->bit_and(bits, this->template imm<B>(static_cast<B>(~kSign<F>)));
        return this->lt_u(this->template imm<B>(kInfinity<F>), magnitude);
    }
    // A NaN whose quiet bit is clear.
    template <class F>
    Flag is_signaling(Value<Storage<F>> bits) {
        using B = Storage<F>;
        auto quiet = this->bit_and(bits, this->template imm<B>(kQuiet<F>));
        auto no_quiet_bit = this->eq(quiet, this->template imm<B>(0));
        return this->flag_and(is_nan<F>(bits), no_quiet_bit);
    }

    template <class F>
    static constexpr Storage<F> kQuiet = sizeof(Storage<F>) == 2   ? Storage<F>(0x0200)
                                         : sizeof(Storage<F>) == 4 ? Storage<F>(0x00400000)
                                                                   : Storage<F>(0x0008000000000000);
    template <class F>
    static constexpr Storage<F> kCanonicalNan = static_cast<Storage<F>>(kInfinity<F> | kQuiet<F>);
    // The bits above a boxed value.
    template <class F>
    static constexpr u64 kBox = sizeof(Storage<F>) == 8 ? 0
                                                        : ~u64{0} << (sizeof(Storage<F>) * 8 % 64);
};

}  // namespace kiln::riscv
