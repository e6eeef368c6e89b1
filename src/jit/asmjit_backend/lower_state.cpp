// Guest state: the register file, and pc.
#include "jit/asmjit_backend/lowering.h"

namespace kiln::asmjit_backend {

void Lowering::lower_get(u32 index) {
    const Inst& inst = block_.insts[index];
    const u8 pinned = slots_.find(inst.imm);
    if (pinned == kNotPinned) return values_.define_state(index, inst.imm);
    if (slots_.whole(pinned, inst.imm, inst.type, block_.address))
        return values_.define_pinned(index, pinned);
    // A part of a pinned register goes through memory.
    const x86::Mem slot = state_at(slots_.offset(pinned));
    const x86::Mem part = state_at(inst.imm, ir::bytes_of(inst.type));
    values_.write_pinned(pinned, slot);
    const x86::Gp to = values_.define(index);
    if (ir::bytes_of(inst.type) < 4) {
        a_.movzx(to.r32(), part);
    } else {
        a_.mov(sized(to, ir::bytes_of(inst.type)), part);
    }
}

void Lowering::lower_set(const Inst& inst) {
    const ValueId id = inst.operands[0];
    const Type type = type_of(id);
    const unsigned bytes = ir::bytes_of(type);
    const u8 pinned = slots_.find(inst.imm);
    if (pinned == kNotPinned) return values_.set_state(inst.imm, bytes, id);
    if (slots_.whole(pinned, inst.imm, type, block_.address)) {
        const ValueId root = plan_.root(id);
        const Type whole = type_of(root);
        const bool narrows = bytes == 4 && (ir::bytes_of(whole) > 4 || ir::is_float(whole) ||
                                            plan_[root].boxed || plan_[root].wants_xmm);
        return values_.set_pinned(pinned, id, narrows);
    }
    // Which bytes of the value are in the slot's range is not the slot's start, perhaps.
    const x86::Mem slot = state_at(slots_.offset(pinned));
    const x86::Gp value = values_.gpr(id);
    values_.vacate_pinned(pinned);
    values_.write_pinned(pinned, slot);
    a_.mov(state_at(inst.imm, bytes), sized(value, bytes));
    values_.read_pinned(pinned, slot);
}

void Lowering::lower_pc(u32 index) {
    const i64 offset = site_.page_offset + static_cast<i64>(block_.insts[index].imm);
    const x86::Gp to = values_.define(index);
    a_.mov(to, state_at(offsetof(CpuState, native.pc_page)));
    if (offset == static_cast<i32>(offset)) {
        a_.lea(sized(to, narrow_ ? 4 : 8), x86::ptr(to, static_cast<i32>(offset)));
    } else {
        const x86::Gp wide = values_.scratch();
        a_.mov(wide, offset);
        a_.add(sized(to, narrow_ ? 4 : 8), sized(wide, narrow_ ? 4 : 8));
    }
}

}  // namespace kiln::asmjit_backend
