// Meaning of the memory instructions: loads and stores, A, fences.
#pragma once

#include "cpu/riscv/sem_int.h"

namespace kiln::riscv::sem {

// T is the type in memory; a signed one is sign-extended.
template <class T, class M>
void load_x(M& m, const Operands& o) {
    using U = std::make_unsigned_t<T>;
    auto address = m.address(o);
    auto value = m.template load<U>(address);
    if (m.faulted()) return;
    if constexpr (sizeof(T) == sizeof(typename M::Reg)) {
        m.set_x(o.rd, value);
    } else if constexpr (std::is_signed_v<T>) {
        m.set_x(o.rd, m.template sext<typename M::Reg>(value));
    } else {
        m.set_x(o.rd, m.template zext<typename M::Reg>(value));
    }
}
template <class M>
void lb(M& m, const Operands& o) {
    load_x<i8>(m, o);
}
template <class M>
void lh(M& m, const Operands& o) {
    load_x<i16>(m, o);
}
template <class M>
void lw(M& m, const Operands& o) {
    load_x<i32>(m, o);
}
template <class M>
void ld(M& m, const Operands& o) {
    load_x<i64>(m, o);
}
template <class M>
void lbu(M& m, const Operands& o) {
    load_x<u8>(m, o);
}
template <class M>
void lhu(M& m, const Operands& o) {
    load_x<u16>(m, o);
}
template <class M>
void lwu(M& m, const Operands& o) {
    load_x<u32>(m, o);
}

template <class T, class M>
void store_x(M& m, const Operands& o) {
    auto address = m.address(o);
    auto value = m.x(o.rs2);
    if constexpr (sizeof(T) == sizeof(typename M::Reg)) {
        m.store(address, value);
    } else {
        m.store(address, m.template trunc<T>(value));
    }
}
template <class M>
void sb(M& m, const Operands& o) {
    store_x<u8>(m, o);
}
template <class M>
void sh(M& m, const Operands& o) {
    store_x<u16>(m, o);
}
template <class M>
void sw(M& m, const Operands& o) {
    store_x<u32>(m, o);
}
template <class M>
void sd(M& m, const Operands& o) {
    store_x<u64>(m, o);
}

// Floating-point loads and stores move bits: no flags, no NaN is changed.
template <class F, class M>
void load_f(M& m, const Operands& o) {
    auto address = m.address(o);
    auto value = m.template load<Storage<F>>(address);
    if (m.faulted()) return;
    m.template set_f_bits<F>(o.rd, value);
}
template <class F, class M>
void store_f(M& m, const Operands& o) {
    auto address = m.address(o);
    auto whole = m.template get<u64>(f_offset(o.rs2));
    if constexpr (sizeof(Storage<F>) == 8) {
        m.store(address, whole);
    } else {
        m.store(address, m.template trunc<Storage<F>>(whole));
    }
}
template <class M>
void flh(M& m, const Operands& o) {
    load_f<F16>(m, o);
}
template <class M>
void flw(M& m, const Operands& o) {
    load_f<F32>(m, o);
}
template <class M>
void fld(M& m, const Operands& o) {
    load_f<F64>(m, o);
}
template <class M>
void fsh(M& m, const Operands& o) {
    store_f<F16>(m, o);
}
template <class M>
void fsw(M& m, const Operands& o) {
    store_f<F32>(m, o);
}
template <class M>
void fsd(M& m, const Operands& o) {
    store_f<F64>(m, o);
}

// A: misaligned addresses trap, whatever the width.
template <class T, class M>
void trap_unaligned(M& m, typename M::template Value<typename M::Reg> address, u64 cause) {
    auto low = m.bit_and(address, m.imm_x(sizeof(T) - 1));
    m.trap_if(m.flag_not(m.eq(low, m.imm_x(0))), cause, address);
}
template <class T, class M>
auto register_part(M& m, u8 reg) {
    if constexpr (sizeof(T) == 4) {
        return m.w(reg);
    } else {
        return m.x(reg);
    }
}
template <class T, class M>
void set_register_part(M& m, u8 reg, typename M::template Value<T> value) {
    if constexpr (sizeof(T) == 4) {
        m.set_x_w(reg, value);
    } else {
        m.set_x(reg, value);
    }
}
template <class T, class M>
void load_reserved(M& m, const Operands& o) {
    auto address = m.x(o.rs1);
    trap_unaligned<T>(m, address, kCauseMisalignedLoad);
    if (m.faulted()) return;
    auto value = m.template load_reserved<T>(address, o.order());
    if (m.faulted()) return;
    set_register_part<T>(m, o.rd, value);
}
template <class T, class M>
void store_conditional(M& m, const Operands& o) {
    auto address = m.x(o.rs1);
    auto value = register_part<T>(m, o.rs2);
    trap_unaligned<T>(m, address, kCauseMisalignedStore);
    if (m.faulted()) return;
    auto stored = m.store_conditional(address, value, o.order());
    if (m.faulted()) return;
    m.set_x(o.rd, bool_x(m, m.flag_not(stored)));
}
template <class T, AtomicOp kOp, class M>
void amo(M& m, const Operands& o) {
    auto address = m.x(o.rs1);
    auto value = register_part<T>(m, o.rs2);
    trap_unaligned<T>(m, address, kCauseMisalignedStore);
    if (m.faulted()) return;
    auto old = m.atomic_rmw(kOp, address, value, o.order());
    if (m.faulted()) return;
    set_register_part<T>(m, o.rd, old);
}

// Sets of accesses before and after the fence, as the encoding has them: I, O, R, W from bit 3
// down. Device input counts as a load and output as a store.
template <class M>
void fence(M& m, const Operands& o) {
    constexpr u32 kReads = 8 | 2;
    constexpr u32 kWrites = 4 | 1;
    const auto before = static_cast<u32>(o.imm >> 4);
    const auto after = static_cast<u32>(o.imm);
    u8 order = 0;
    if ((before & kReads) != 0 && (after & kReads) != 0) order |= kFenceLoadLoad;
    if ((before & kReads) != 0 && (after & kWrites) != 0) order |= kFenceLoadStore;
    if ((before & kWrites) != 0 && (after & kReads) != 0) order |= kFenceStoreLoad;
    if ((before & kWrites) != 0 && (after & kWrites) != 0) order |= kFenceStoreStore;
    m.fence(order);
}
template <class M>
void fence_tso(M& m, const Operands&) {
    m.fence(kFenceLoadLoad | kFenceLoadStore | kFenceStoreStore);
}
// Stores into code are found as they happen: fence.i is the end of a block.
template <class M>
void fence_i(M& m, const Operands&) {
    auto next = m.template next_pc<typename M::Reg>();
    m.jump(next, JumpHint::kNone);
}

}  // namespace kiln::riscv::sem
