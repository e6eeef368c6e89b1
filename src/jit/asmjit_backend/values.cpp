#include "jit/asmjit_backend/values.h"

#include <algorithm>
#include <bit>

namespace kiln::asmjit_backend {
namespace {

// The frame: slots for values; those above are left to exits.
constexpr unsigned kFrameSlots = 96;
static_assert(kFrameSlots * sizeof(u64) <= native::kFrameBytes);

constexpr u32 kScratchInts =
    1u << native::rax | 1u << native::rbx | 1u << native::rbp | 1u << native::r10;
constexpr u32 kScratchFloats = 0xff00;

u8 home_of(unsigned pinned) {
    if (pinned_float(pinned)) return static_cast<u8>(pinned - native::kPinnedInts.size());
    return native::kPinnedInts[pinned];
}
Bank bank_of(unsigned pinned) { return pinned_float(pinned) ? Bank::kFloat : Bank::kInt; }

bool fits_i32(u64 bits) { return static_cast<u64>(i64{static_cast<i32>(bits)}) == bits; }

}  // namespace

Values::Values(x86::Assembler& a, const ir::Block& block, const Plan& plan,
               std::pmr::memory_resource& memory)
    : a_(a), block_(block), plan_(plan), values_(block.insts.size(), &memory), in_state_(&memory) {
    for (Registers& registers : banks_) registers.owner.fill(kNoOwner);
    bank(Bank::kInt).scratch = kScratchInts;
    bank(Bank::kFloat).scratch = kScratchFloats;
}

void Values::begin(u32 index) {
    index_ = index;
    unlock();
}

void Values::unlock() {
    for (Registers& registers : banks_) registers.locked = 0;
}

void Values::release(ValueId id) {
    const ValueId root = plan_.root(id);
    if (needed_later(root)) return;
    take_away(Bank::kInt, root);
    take_away(Bank::kFloat, root);
    drop_memory(root);
}

void Values::end(const ir::Inst& inst) {
    for (unsigned k = 0; k < inst.arity(); ++k) {
        const ValueId id = inst.operands[k];
        if (plan_[id].deferred) {
            const ir::Inst& comparison = block_.insts[id];
            release(comparison.operands[0]);
            release(comparison.operands[1]);
        } else {
            release(id);
        }
    }
    const ir::LiveRange fault = block_.exits_of(inst).fault;
    for (u32 i = 0; i < fault.count; ++i) release(block_.live[fault.first + i].value);
    release(index_);
}

void Values::give(Bank b, unsigned reg, ValueId root) {
    bank(b).owner[reg] = root;
    bank(b).locked |= 1u << reg;
    values_[root].reg[static_cast<size_t>(b)] = static_cast<u8>(reg);
}

void Values::take_away(Bank b, ValueId root) {
    u8& reg = values_[root].reg[static_cast<size_t>(b)];
    if (reg == kNone) return;
    bank(b).owner[reg] = kNoOwner;
    reg = kNone;
}

void Values::drop_memory(ValueId root) {
    Value& v = values_[root];
    if (v.memory == Memory::kFrame) {
        const unsigned slot = static_cast<unsigned>(v.offset / sizeof(u64));
        frame_used_[slot / 64] &= ~(u64{1} << (slot % 64));
    } else if (v.memory == Memory::kGuest) {
        std::erase(in_state_, root);
    }
    v.memory = Memory::kNone;
}

x86::Mem Values::memory_of(const Value& v, unsigned bytes) const {
    if (v.memory == Memory::kGuest) return state_at(v.offset, bytes);
    return x86::ptr(x86::rsp, static_cast<i32>(v.offset), bytes);
}

// Puts a value that is in a register into the frame as well.
void Values::spill(ValueId root) {
    Value& v = values_[root];
    for (unsigned slot = 0; slot < kFrameSlots; ++slot) {
        if ((frame_used_[slot / 64] >> (slot % 64) & 1) != 0) continue;
        frame_used_[slot / 64] |= u64{1} << (slot % 64);
        v.memory = Memory::kFrame;
        v.offset = slot * static_cast<u32>(sizeof(u64));
        if (v.reg[0] != kNone) {
            a_.mov(memory_of(v, 8), x86::gpq(v.reg[0]));
        } else {
            a_.movq(memory_of(v, 8), x86::xmm(v.reg[1]));
        }
        return;
    }
    throw OutOfFrame();
}

// Makes the register hold nothing; a value that is needed later is found elsewhere then.
void Values::evict(Bank b, unsigned reg) {
    const u32 root = bank(b).owner[reg];
    if (root == kNoOwner) return;
    const Value& v = values_[root];
    const u8 other = v.reg[b == Bank::kInt ? 1 : 0];
    const bool elsewhere = v.constant || v.memory != Memory::kNone || other != kNone;
    if (!elsewhere && needed_still(root)) spill(root);
    take_away(b, root);
}

// A scratch register that holds nothing, locked.
u8 Values::allocate(Bank b) {
    Registers& registers = bank(b);
    const u32 open = registers.scratch & ~registers.locked;
    unsigned best = 16;
    u32 latest = 0;
    for (u32 left = open; left != 0; left &= left - 1) {
        const unsigned reg = static_cast<unsigned>(std::countr_zero(left));
        const u32 root = registers.owner[reg];
        if (root == kNoOwner) {
            best = reg;
            break;
        }
        if (best == 16 || plan_[root].last_use > latest) {
            best = reg;
            latest = plan_[root].last_use;
        }
    }
    if (best == 16) throw OutOfFrame();
    evict(b, best);
    registers.locked |= 1u << best;
    return static_cast<u8>(best);
}

x86::Gp Values::scratch() { return x86::gpq(allocate(Bank::kInt)); }
x86::Xmm Values::scratch_xmm() { return x86::xmm(allocate(Bank::kFloat)); }

x86::Gp Values::take(x86::Gp which) {
    evict(Bank::kInt, which.id());
    bank(Bank::kInt).locked |= 1u << which.id();
    return which;
}

void Values::move(x86::Gp to, const Where& from) {
    if (from.gpr != kNowhere) {
        if (from.gpr != to.id()) a_.mov(to.r64(), x86::gpq(from.gpr));
    } else if (from.constant) {
        if (from.bits <= 0xffffffff) {
            a_.mov(to.r32(), static_cast<u32>(from.bits));
        } else {
            a_.mov(to.r64(), static_cast<i64>(from.bits));
        }
    } else if (from.xmm != kNowhere) {
        a_.movq(to.r64(), x86::xmm(from.xmm));
    } else {
        a_.mov(to.r64(), from.memory);
    }
}

void Values::move(x86::Xmm to, const Where& from) {
    if (from.xmm != kNowhere) {
        if (from.xmm != to.id()) a_.movaps(to, x86::xmm(from.xmm));
    } else if (from.gpr != kNowhere) {
        a_.movq(to, x86::gpq(from.gpr));
    } else if (from.constant && from.bits == 0) {
        a_.xorps(to, to);
    } else if (from.constant) {
        // By way of the frame, so that no register is needed.
        const x86::Mem aside = x86::ptr(x86::rsp, native::kFrameBytes - 16, 4);
        a_.mov(aside, static_cast<i32>(from.bits));
        a_.mov(aside.cloneAdjusted(4), static_cast<i32>(from.bits >> 32));
        a_.movq(to, x86::ptr(x86::rsp, native::kFrameBytes - 16, 8));
    } else {
        a_.movq(to, from.memory);
    }
}

x86::Gp Values::gpr(ValueId id) {
    const ValueId root = plan_.root(id);
    u8 reg = values_[root].reg[0];
    if (reg == kNone) {
        reg = allocate(Bank::kInt);
        // All bits: other names of the value may be wider.
        load(x86::gpq(reg), root);
        give(Bank::kInt, reg, root);
    }
    bank(Bank::kInt).locked |= 1u << reg;
    return x86::gpq(reg);
}

x86::Xmm Values::xmm(ValueId id) {
    const ValueId root = plan_.root(id);
    u8 reg = values_[root].reg[1];
    if (reg == kNone) {
        reg = allocate(Bank::kFloat);
        load(x86::xmm(reg), root);
        give(Bank::kFloat, reg, root);
    }
    bank(Bank::kFloat).locked |= 1u << reg;
    return x86::xmm(reg);
}

x86::Gp Values::change_gpr(ValueId id) {
    const x86::Gp reg = gpr(id);
    const ValueId root = plan_.root(id);
    take_away(Bank::kFloat, root);
    drop_memory(root);
    return reg;
}
x86::Xmm Values::change_xmm(ValueId id) {
    const x86::Xmm reg = xmm(id);
    const ValueId root = plan_.root(id);
    take_away(Bank::kInt, root);
    drop_memory(root);
    return reg;
}

asmjit::Operand Values::source(ValueId id, unsigned bytes, bool immediates) {
    const Value& v = value(id);
    if (immediates && v.constant) {
        const u64 bits = constant(id);
        // An operation on 32 bits takes any; a wider one sign-extends.
        if (bytes <= 4) return asmjit::Imm(static_cast<i32>(bits));
        if (fits_i32(bits)) return asmjit::Imm(static_cast<i64>(bits));
    }
    const bool only_in_memory = v.reg[0] == kNone && v.reg[1] == kNone && v.memory != Memory::kNone;
    if (only_in_memory && dies(id)) return memory_of(v, bytes);
    const x86::Gp reg = gpr(id);
    return sized(reg, bytes);
}

asmjit::Operand Values::float_source(ValueId id, unsigned bytes) {
    const Value& v = value(id);
    const bool only_in_memory = v.reg[0] == kNone && v.reg[1] == kNone && v.memory != Memory::kNone;
    if (only_in_memory && dies(id)) return memory_of(v, bytes);
    return xmm(id);
}

u8 Values::define_in(Bank b, ValueId id, ValueId reuse) {
    const ValueId root = plan_.root(id);
    const u8 pinned = plan_[root].pinned;
    if (pinned != kNotPinned && bank_of(pinned) == b) {
        const u8 home = home_of(pinned);
        const u32 owner = bank(b).owner[home];
        if (owner == kNoOwner || plan_[owner].last_use <= index_) {
            if (owner != kNoOwner) take_away(b, owner);
            give(b, home, root);
            return home;
        }
    }
    if (reuse != ir::kNoValue) {
        const ValueId dying = plan_.root(reuse);
        const u8 reg = values_[dying].reg[static_cast<size_t>(b)];
        if (reg != kNone && (bank(b).scratch >> reg & 1) != 0 && !needed_later(dying)) {
            take_away(b, dying);
            give(b, reg, root);
            return reg;
        }
    }
    const u8 reg = allocate(b);
    give(b, reg, root);
    return reg;
}

x86::Gp Values::define(ValueId id, ValueId reuse) {
    return x86::gpq(define_in(Bank::kInt, id, reuse));
}
x86::Xmm Values::define_xmm(ValueId id, ValueId reuse) {
    return x86::xmm(define_in(Bank::kFloat, id, reuse));
}

x86::Gp Values::define_copy(ValueId id, ValueId from) {
    const Where place = where(from);
    const x86::Gp to = define(id, from);
    move(to, place);
    return to;
}
x86::Xmm Values::define_copy_xmm(ValueId id, ValueId from) {
    const Where place = where(from);
    const x86::Xmm to = define_xmm(id, from);
    move(to, place);
    return to;
}

void Values::define_constant(ValueId id, u64 bits) {
    values_[id].constant = true;
    values_[id].bits = bits;
}

void Values::define_state(ValueId id, u64 offset) {
    values_[id].memory = Memory::kGuest;
    values_[id].offset = static_cast<u32>(offset);
    in_state_.push_back(id);
}

void Values::define_pinned(ValueId id, unsigned pinned) {
    const Bank b = bank_of(pinned);
    const u8 home = home_of(pinned);
    if (bank(b).owner[home] != kNoOwner) {
        // The register was read before: one of the two names has to do with a copy.
        const u8 copy = allocate(b);
        if (b == Bank::kInt) {
            a_.mov(x86::gpq(copy), x86::gpq(home));
        } else {
            a_.movaps(x86::xmm(copy), x86::xmm(home));
        }
        give(b, copy, id);
        return;
    }
    give(b, home, id);
}

void Values::vacate_pinned(unsigned pinned) {
    const Bank b = bank_of(pinned);
    const u8 home = home_of(pinned);
    const u32 root = bank(b).owner[home];
    if (root == kNoOwner) return;
    const Value& v = values_[root];
    const bool elsewhere =
        v.constant || v.memory != Memory::kNone || v.reg[b == Bank::kInt ? 1 : 0] != kNone;
    if (elsewhere || !needed_still(root)) {
        take_away(b, root);
        return;
    }
    const u8 copy = allocate(b);
    if (b == Bank::kInt) {
        a_.mov(x86::gpq(copy), x86::gpq(home));
    } else {
        a_.movaps(x86::xmm(copy), x86::xmm(home));
    }
    take_away(b, root);
    give(b, copy, root);
}

void Values::write_pinned(unsigned pinned, const x86::Mem& to) {
    if (pinned_float(pinned)) {
        a_.movq(to, x86::xmm(home_of(pinned)));
    } else {
        a_.mov(to, x86::gpq(home_of(pinned)));
    }
}
void Values::read_pinned(unsigned pinned, const x86::Mem& from) {
    if (pinned_float(pinned)) {
        a_.movq(x86::xmm(home_of(pinned)), from);
    } else {
        a_.mov(x86::gpq(home_of(pinned)), from);
    }
}

void Values::read_pinned_half(unsigned pinned, const x86::Mem& from) {
    a_.mov(x86::gpd(home_of(pinned)), from);
}

void Values::set_pinned(unsigned pinned, ValueId id, bool narrows) {
    const Bank b = bank_of(pinned);
    const u8 home = home_of(pinned);
    const ValueId root = plan_.root(id);
    if (bank(b).owner[home] == root && !narrows) return;
    if (narrows) {
        const x86::Gp from = gpr(id);
        vacate_pinned(pinned);
        a_.mov(x86::gpd(home), from.r32());
        return;
    }
    vacate_pinned(pinned);
    if (b == Bank::kInt) {
        load(x86::gpq(home), id);
    } else {
        load(x86::xmm(home), id);
    }
    // The value moves in, unless it lives in another home already.
    const u8 old = values_[root].reg[static_cast<size_t>(b)];
    const bool from_scratch = old == kNone || (bank(b).scratch >> old & 1) != 0;
    if (!values_[root].constant && from_scratch) {
        take_away(b, root);
        give(b, home, root);
    }
}

void Values::set_state(u64 offset, unsigned bytes, ValueId id) {
    const ValueId root = plan_.root(id);
    // What guest state held there and is still needed goes to a register.
    for (size_t i = 0; i < in_state_.size();) {
        const ValueId other = in_state_[i];
        Value& v = values_[other];
        const bool overlaps = v.offset < offset + bytes && offset < v.offset + 8u;
        if (!overlaps) {
            ++i;
            continue;
        }
        if (other == root && v.offset == offset && bytes == 8) return;
        if (needed_still(other) && !v.constant && v.reg[0] == kNone && v.reg[1] == kNone)
            plan_[other].wants_xmm ? static_cast<void>(xmm(other)) : static_cast<void>(gpr(other));
        drop_memory(other);
    }
    const Value& v = values_[root];
    const x86::Mem to = state_at(offset, bytes);
    if (v.constant && (bytes <= 4 || fits_i32(constant(id)))) {
        a_.mov(to, static_cast<i64>(bytes == 8 ? static_cast<i64>(constant(id))
                                               : static_cast<i32>(constant(id))));
    } else if (v.reg[0] == kNone && v.reg[1] != kNone && bytes >= 4) {
        if (bytes == 8) {
            a_.movq(to, x86::xmm(v.reg[1]));
        } else {
            a_.movd(to, x86::xmm(v.reg[1]));
        }
    } else {
        const x86::Gp reg = gpr(id);
        a_.mov(to, sized(reg, bytes));
    }
    if (bytes == 8 && !v.constant && v.memory == Memory::kNone && needed_later(root))
        define_state(root, offset);
}

void Values::save_from_state() {
    for (unsigned pinned = 0; pinned < kPinned; ++pinned) vacate_pinned(pinned);
    while (!in_state_.empty()) {
        const ValueId root = in_state_.back();
        const Value& v = values_[root];
        if (needed_still(root) && !v.constant && v.reg[0] == kNone && v.reg[1] == kNone)
            static_cast<void>(gpr(root));
        drop_memory(root);
    }
}

Values::Where Values::where(ValueId id) const {
    const Value& v = value(id);
    Where where{.gpr = v.reg[0], .xmm = v.reg[1], .constant = v.constant};
    if (v.memory != Memory::kNone) where.memory = memory_of(v, 8);
    if (v.constant) where.bits = constant(id);
    return where;
}

bool Values::at_home(const Where& where, unsigned pinned) {
    return home_of(pinned) == (pinned_float(pinned) ? where.xmm : where.gpr);
}

}  // namespace kiln::asmjit_backend
