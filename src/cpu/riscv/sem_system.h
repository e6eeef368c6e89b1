// Meaning of the system instructions: Zicsr, privileged, cache blocks. Most of it lies in helpers.
#pragma once

#include "cpu/riscv/helpers.h"
#include "cpu/riscv/insn.h"
#include "cpu/riscv/sem_mem.h"

namespace kiln::riscv::sem {

// The encoding, for the trap value of an illegal instruction.
template <class M>
auto raw_bits(M& m, InsnId id, const Operands& o) {
    return m.template imm<u64>(encode(id, o));
}

// CSR instructions. The manual has csrrw not read where rd is x0, and the set and clear forms not
// write where rs1 is x0 (or the immediate 0).
template <class M>
auto csr_read(M& m, InsnId id, const Operands& o, bool will_write) {
    const u64 number = static_cast<u32>(o.imm) | (will_write ? kCsrWillWrite : 0);
    auto raw = raw_bits(m, id, o);
    auto value = m.call(kCsrRead, m.template imm<u64>(number), raw, raw);
    return m.template trunc<typename M::Reg>(value);
}
template <class M>
void csr_write(M& m, InsnId id, const Operands& o,
               typename M::template Value<typename M::Reg> value, u64 how = 0) {
    auto raw = raw_bits(m, id, o);
    auto number = m.template imm<u64>(static_cast<u32>(o.imm) | how);
    m.call(kCsrWrite, number, m.template zext<u64>(value), raw);
}
template <class M>
void csr_swap(M& m, InsnId id, const Operands& o,
              typename M::template Value<typename M::Reg> value) {
    if (o.rd == kNoRd) {
        csr_write(m, id, o, value);
        return;
    }
    auto old = csr_read(m, id, o, true);
    if (m.faulted()) return;
    csr_write(m, id, o, value);
    if (m.faulted()) return;
    m.set_x(o.rd, old);
}
// The helper works out the new value: of mip it is not made from what is read.
template <class M>
void csr_modify(M& m, InsnId id, const Operands& o,
                typename M::template Value<typename M::Reg> mask, u64 how) {
    const bool writes = o.rs1 != 0;
    auto old = csr_read(m, id, o, writes);
    if (m.faulted()) return;
    if (writes) {
        csr_write(m, id, o, mask, how);
        if (m.faulted()) return;
    }
    m.set_x(o.rd, old);
}
template <class M>
void csrrw(M& m, const Operands& o) {
    auto value = m.x(o.rs1);
    csr_swap(m, InsnId::csrrw, o, value);
}
template <class M>
void csrrwi(M& m, const Operands& o) {
    csr_swap(m, InsnId::csrrwi, o, m.imm_x(o.rs1));
}
template <class M>
void csrrs(M& m, const Operands& o) {
    auto mask = m.x(o.rs1);
    csr_modify(m, InsnId::csrrs, o, mask, kCsrSet);
}
template <class M>
void csrrsi(M& m, const Operands& o) {
    csr_modify(m, InsnId::csrrsi, o, m.imm_x(o.rs1), kCsrSet);
}
template <class M>
void csrrc(M& m, const Operands& o) {
    auto mask = m.x(o.rs1);
    csr_modify(m, InsnId::csrrc, o, mask, kCsrClear);
}
template <class M>
void csrrci(M& m, const Operands& o) {
    csr_modify(m, InsnId::csrrci, o, m.imm_x(o.rs1), kCsrClear);
}

// Leaves the block through a helper that gets the next pc and the encoding.
template <class M>
void leave(M& m, const Helper& helper, InsnId id, const Operands& o) {
    auto next = m.template zext<u64>(m.template next_pc<typename M::Reg>());
    m.exit_to_helper(helper, next, next, raw_bits(m, id, o));
}
template <class M>
void ecall(M& m, const Operands& o) {
    leave(m, kEcall, InsnId::ecall, o);
}
template <class M>
void ebreak(M& m, const Operands&) {
    m.trap(kCauseBreakpoint, m.template pc<typename M::Reg>());
}
template <class M>
void mret(M& m, const Operands& o) {
    leave(m, kMret, InsnId::mret, o);
}
template <class M>
void sret(M& m, const Operands& o) {
    leave(m, kSret, InsnId::sret, o);
}
template <class M>
void wfi(M& m, const Operands& o) {
    leave(m, kWfi, InsnId::wfi, o);
}
template <class M>
void pause(M& m, const Operands& o) {
    leave(m, kYield, InsnId::pause, o);
}
// A stall that ends at once is allowed ("may terminate for any reason", Zawrs); the time goes to
// the other harts.
template <class M>
void wrs_nto(M& m, const Operands& o) {
    leave(m, kYield, InsnId::wrs_nto, o);
}
template <class M>
void wrs_sto(M& m, const Operands& o) {
    leave(m, kYield, InsnId::wrs_sto, o);
}
template <class M>
void fence_vma(M& m, InsnId id, const Operands& o) {
    auto address = m.x(o.rs1);
    auto asid = m.x(o.rs2);
    const u64 raw =
        encode(id, o) | (o.rs1 != 0 ? kFenceHasAddress : 0) | (o.rs2 != 0 ? kFenceHasAsid : 0);
    m.exit_to_helper(kFenceVma, m.template zext<u64>(address), m.template zext<u64>(asid),
                     m.template imm<u64>(raw));
}
template <class M>
void sfence_vma(M& m, const Operands& o) {
    fence_vma(m, InsnId::sfence_vma, o);
}
// Svinval: invalidating at once is a correct ordering.
template <class M>
void sinval_vma(M& m, const Operands& o) {
    fence_vma(m, InsnId::sinval_vma, o);
}
template <class M>
void sfence_inval(M& m, InsnId id, const Operands& o) {
    leave(m, kFenceInval, id, o);
}
template <class M>
void sfence_w_inval(M& m, const Operands& o) {
    sfence_inval(m, InsnId::sfence_w_inval, o);
}
template <class M>
void sfence_inval_ir(M& m, const Operands& o) {
    sfence_inval(m, InsnId::sfence_inval_ir, o);
}

template <class M>
void cache_block(M& m, const Helper& helper, InsnId id, const Operands& o) {
    auto address = m.template zext<u64>(m.x(o.rs1));
    m.call(helper, address, address, raw_bits(m, id, o));
}
template <class M>
void cbo_inval(M& m, const Operands& o) {
    cache_block(m, kCboInval, InsnId::cbo_inval, o);
}
template <class M>
void cbo_clean(M& m, const Operands& o) {
    cache_block(m, kCboClean, InsnId::cbo_clean, o);
}
template <class M>
void cbo_flush(M& m, const Operands& o) {
    cache_block(m, kCboClean, InsnId::cbo_flush, o);
}
template <class M>
void cbo_zero(M& m, const Operands& o) {
    cache_block(m, kCboZero, InsnId::cbo_zero, o);
}

template <class M>
void illegal(M& m, const Operands& o) {
    m.trap(kCauseIllegal, m.template imm<typename M::Reg>(static_cast<u32>(o.imm)));
}
template <class M>
void mark_dirty(M& m, const Operands&) {
    auto pc = m.template zext<u64>(m.template pc<typename M::Reg>());
    m.exit_to_helper(kMarkDirty, pc, pc, pc);
}

}  // namespace kiln::riscv::sem
