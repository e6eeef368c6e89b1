// Loads, stores, atomics, and calls of helpers.
#include "jit/asmjit_backend/lowering.h"

namespace kiln::asmjit_backend {

using ir::Opcode;
using native::Symbol;

namespace {

constexpr i32 kStoreTable = offsetof(Tlb, store);
// A TLB entry is found by the page number's low bits, times its size.
static_assert(sizeof(TlbEntry) == 16 && offsetof(TlbEntry, tag) == 0 && offsetof(Tlb, load) == 0);
constexpr unsigned kIndexShift = kPageBits - 4;
constexpr u32 kIndexMask = (kTlbEntries - 1) << 4;

x86::Mem argument_slot(unsigned number, unsigned bytes = 8) {
    return state_at(offsetof(CpuState, native.args) + number * sizeof(u64), bytes);
}
x86::Mem result_slot(unsigned bytes) { return state_at(offsetof(CpuState, native.result), bytes); }

}  // namespace

Lowering::Access Lowering::new_access(u32 index, unsigned bytes, bool store) {
    const Inst& inst = block_.insts[index];
    const AccessGroups::Member group = groups_[index];
    const bool asks = store || group.role != AccessGroups::Role::kFollows;
    return {.base = values_.gpr(inst.operands[0]),
            .offset = static_cast<i32>(inst.imm),
            .size = slow_size(inst, bytes),
            .bytes = bytes,
            .store = store,
            .group = group,
            .t = asks ? values_.scratch() : x86::Gp(),
            .u = site_.direct && !narrow_ ? x86::Gp() : values_.scratch(),
            .slow = a_.newLabel()};
}

void Lowering::effective(x86::Gp to, const Access& access, i32 more) {
    const i32 offset = access.offset + more;
    if (offset == 0 && !narrow_) {
        a_.mov(to, access.base);
    } else {
        a_.lea(narrow_ ? to.r32() : to, x86::ptr(access.base, offset));
    }
}

x86::Mem Lowering::check(const Access& access, const asmjit::Label& retry) {
    if (access.group.role != AccessGroups::Role::kAlone) return check_group(access, retry);
    return site_.direct ? check_window(access) : check_tlb(access);
}

x86::Mem Lowering::direct_place(const Access& access) const {
    return x86::ptr(kMemoryBase, access.base, 0, access.offset, access.bytes);
}

// The leader asks for all: whether the highest access lies in the window, and the lowest not in
// front of it.
x86::Mem Lowering::check_group(const Access& access, const asmjit::Label& retry) {
    const AccessGroups::Member& group = access.group;
    if (group.role == AccessGroups::Role::kLeads) {
        effective(access.t, access, group.highest - access.offset);
        a_.sub(access.t, state_at(offsetof(CpuState, native.window.first)));
        a_.cmp(access.t, state_at(offsetof(CpuState, native.window.limit)));
        a_.jae(retry);
        if (group.highest != group.lowest) {
            a_.cmp(access.t, group.highest - group.lowest);
            a_.jb(retry);
        }
    }
    if (access.store) check_host_granule(access);
    return direct_place(access);
}

// The same as in check_window, by the address on the host.
void Lowering::check_host_granule(const Access& access) {
    a_.lea(access.t, direct_place(access));
    a_.shr(access.t, kGranuleBits);
    check_granule(access.t, state_at(offsetof(CpuState, native.granule_base)), access.slow);
}

// Leaves to `slow` where the granule whose number is in `t` is guarded.
void Lowering::check_granule(x86::Gp t, const x86::Mem& base, const asmjit::Label& slow) {
    a_.add(t, base);
    a_.cmp(x86::byte_ptr(t), 0);
    a_.jne(slow);
}

x86::Mem Lowering::check_window(const Access& access) {
    x86::Gp distance = access.t;
    effective(access.t, access);
    if (narrow_) {
        distance = access.u;
        a_.mov(distance, access.t);
    }
    a_.sub(distance, state_at(offsetof(CpuState, native.window.first)));
    a_.cmp(distance, state_at(offsetof(CpuState, native.window.limit)));
    a_.jae(access.slow);
    if (access.store) {
        a_.shr(distance, kGranuleBits);
        check_granule(distance, state_at(offsetof(CpuState, native.window.granules)), access.slow);
    }
    if (narrow_) return x86::ptr(kMemoryBase, access.t, 0, 0, access.bytes);
    return direct_place(access);
}

// The tag is that of the last byte's page: see Tlb::tag.
x86::Mem Lowering::check_tlb(const Access& access) {
    const x86::Gp t = access.t;
    const x86::Gp u = access.u;
    const i32 table = access.store ? kStoreTable : 0;
    const x86::Gp page = narrow_ ? u.r32() : u;
    effective(t, access);
    effective(u, access, static_cast<i32>(access.bytes) - 1);
    a_.shr(t.r32(), kIndexShift);
    a_.and_(t.r32(), kIndexMask);
    a_.and_(page, static_cast<i32>(-i64{kPageSize}));
    a_.cmp(u, x86::ptr(kMemoryBase, t, 0, table, 8));
    const asmjit::Label other_tag = access.store ? a_.newLabel() : access.slow;
    const asmjit::Label hit = a_.newLabel();
    a_.jne(other_tag);
    a_.mov(u, x86::ptr(kMemoryBase, t, 0, table + 8, 8));
    if (access.store) {
        a_.bind(hit);
        // Data beside code: the page matches, and the granule decides.
        cold([=, this] {
            a_.bind(other_tag);
            a_.or_(u, static_cast<i32>(kTlbGuarded));
            a_.cmp(u, x86::ptr(kMemoryBase, t, 0, table, 8));
            a_.jne(access.slow);
            a_.mov(u, x86::ptr(kMemoryBase, t, 0, table + 8, 8));
            effective(t, access);
            a_.add(t, u);
            a_.shr(t, kGranuleBits);
            check_granule(t, state_at(offsetof(CpuState, native.granule_base)), access.slow);
            a_.jmp(hit);
        });
    }
    if (!narrow_) return x86::ptr(u, access.base, 0, access.offset, access.bytes);
    effective(t, access);
    return x86::ptr(u, t, 0, 0, access.bytes);
}

void Lowering::slow_argument(unsigned number, const Values::Where& from, unsigned bytes) {
    // Integers narrower than this are not looked at beyond their size.
    const unsigned stored = bytes == 4 ? 4 : 8;
    move_to_memory(argument_slot(number), from, stored);
    if (stored == 4) a_.mov(argument_slot(number, 4).cloneAdjusted(4), 0);
}
void Lowering::slow_argument(unsigned number, u64 constant) {
    move_to_memory(argument_slot(number), {.constant = true, .bits = constant}, 8);
}

void Lowering::slow_size_argument(u64 size) { a_.mov(argument_slot(1), static_cast<i32>(size)); }

u64 Lowering::slow_size(const Inst& inst, unsigned bytes) const {
    const ir::GuestPoint& point = block_.points[inst.point];
    return native::pack_access(bytes, point.pc + site_.page_offset, block_.count - point.begun);
}

// Whether the call that the access's slow path makes can take the fault exit by itself.
bool Lowering::call_leaves(const Inst& inst, const AccessGroups::Member& group) const {
    return group.role == AccessGroups::Role::kAlone && block_.exits_of(inst).fault.count == 0;
}

// The slow path's first part, in cold code: `retry` is taken where the interpreter has to do it;
// none: the call leaves.
void Lowering::slow_access(const Access& access, const asmjit::Label& retry) {
    const bool whole = access.offset == 0 && !narrow_;
    if (!whole) effective(access.t, access);
    a_.mov(argument_slot(0), whole ? access.base : access.t);
    slow_size_argument(access.size);
    if (retry.isValid()) {
        a_.call(slot_of(access.store ? Symbol::kStore : Symbol::kLoad));
        a_.jz(retry);
    } else {
        a_.call(slot_of(access.store ? Symbol::kStoreOrLeave : Symbol::kLoadOrLeave));
    }
}

void Lowering::lower_load(u32 index) {
    const Inst& inst = block_.insts[index];
    const bool extended = plan_[index].extended;
    const ValueId made = extended ? index + 1 : index;
    const unsigned bytes = ir::bytes_of(inst.type);
    const bool to_float = !extended && bytes >= 4 && plan_[index].wants_xmm;
    const Access access = new_access(index, bytes, false);
    // The exit's moves are those of now; registers are given away without being written to before
    // the access is made.
    const bool follows = access.group.role == AccessGroups::Role::kFollows;
    const bool no_exit = follows || call_leaves(inst, access.group);
    const asmjit::Label retry = no_exit ? asmjit::Label() : retry_exit(inst);
    const asmjit::Label back = a_.newLabel();
    const x86::Gp to = to_float ? x86::Gp() : values_.define(made);
    const x86::Xmm to_xmm = to_float ? values_.define_xmm(made) : x86::Xmm();
    const auto read = [=, this](const x86::Mem& from) {
        if (to_float) {
            bytes == 8 ? a_.movsd(to_xmm, from) : a_.movss(to_xmm, from);
        } else if (bytes >= 4 && !extended) {
            a_.mov(sized(to, bytes), from);
        } else if (bytes == 4) {
            a_.movsxd(to, from);
        } else if (extended) {
            a_.movsx(operand_sized(to, type_of(made)), from);
        } else {
            a_.movzx(to.r32(), from);
        }
    };
    read(check(access, retry));
    if (access.group.role != AccessGroups::Role::kAlone) return;
    a_.bind(back);
    cold([=, this] {
        a_.bind(access.slow);
        slow_access(access, retry);
        read(result_slot(bytes));
        a_.jmp(back);
    });
}

void Lowering::emit_store(const x86::Mem& to, ValueId value, const asmjit::Operand& source) {
    const unsigned bytes = ir::bytes_of(type_of(value));
    if (source.isImm()) {
        a_.mov(to, source.as<asmjit::Imm>());
    } else if (x86::Reg::isXmm(source)) {
        const x86::Xmm from = source.as<x86::Xmm>();
        bytes == 8 ? a_.movsd(to, from) : a_.movss(to, from);
    } else {
        a_.mov(to, source.as<x86::Gp>());
    }
}

void Lowering::lower_store(u32 index) {
    const Inst& inst = block_.insts[index];
    const ValueId value = inst.operands[1];
    const unsigned bytes = ir::bytes_of(type_of(value));
    const bool from_float = bytes >= 4 && values_.in_xmm(value) && !values_.in_gpr(value);
    asmjit::Operand source =
        from_float ? asmjit::Operand(values_.xmm(value)) : values_.source(value, bytes);
    if (source.isMem()) source = sized(values_.gpr(value), bytes);
    const Access access = new_access(index, bytes, true);
    const asmjit::Label retry =
        call_leaves(inst, access.group) ? asmjit::Label() : retry_exit(inst);
    const asmjit::Label back = a_.newLabel();
    const Values::Where from = values_.where(value);
    emit_store(check(access, retry), value, source);
    a_.bind(back);
    cold([=, this] {
        a_.bind(access.slow);
        slow_argument(2, from, bytes);
        slow_access(access, retry);
        a_.jmp(back);
    });
}

// Atomics and probes are slow calls always: there is one host thread, so that being atomic costs
// nothing, and they are rare.
void Lowering::lower_atomic(u32 index) {
    const Inst& inst = block_.insts[index];
    const auto argument = [&](unsigned number, ValueId id) {
        slow_argument(number, values_.where(id), ir::bytes_of(type_of(id)));
    };
    Symbol symbol = Symbol::kProbe;
    unsigned bytes = ir::bytes_of(inst.type);
    argument(0, inst.operands[0]);
    switch (inst.opcode) {
        case Opcode::probe:
            bytes = 0;
            slow_argument(2, inst.imm);
            break;
        case Opcode::load_reserved:
            symbol = Symbol::kLoadReserved;
            break;
        case Opcode::store_conditional:
            symbol = Symbol::kStoreConditional;
            bytes = ir::bytes_of(type_of(inst.operands[1]));
            argument(2, inst.operands[1]);
            break;
        case Opcode::atomic_rmw:
            symbol = Symbol::kAtomic;
            argument(2, inst.operands[1]);
            slow_argument(3, static_cast<u64>(ir::atomic_op(inst.imm)));
            break;
        default:
            symbol = Symbol::kCompareAndSwap;
            argument(2, inst.operands[1]);
            argument(3, inst.operands[2]);
    }
    slow_size_argument(slow_size(inst, bytes));
    a_.call(slot_of(symbol));
    a_.jz(retry_exit(inst));
    if (inst.type == Type::kNone) return;
    const x86::Gp to = values_.define(index);
    a_.mov(to, result_slot(8));
}

// Calls a helper, which sees all guest state: the caller has seen to the registers. `begun`:
// instructions of the block that have begun.
void Lowering::helper_call(u32 helper, std::span<const ValueId> arguments, i64 pc, u32 begun) {
    for (unsigned k = 0; k < arguments.size(); ++k)
        slow_argument(k, values_.where(arguments[k]), ir::bytes_of(type_of(arguments[k])));
    write_pc(pc);
    a_.mov(x86::rax, data(space_.slot(*block_.helpers[helper])));
    a_.mov(argument_slot(3), x86::rax);
    if (begun == block_.count) {
        a_.mov(state_at(offsetof(CpuState, budget)), kBudget);
    } else {
        a_.lea(x86::rax, x86::ptr(kBudget, static_cast<i32>(block_.count - begun)));
        a_.mov(state_at(offsetof(CpuState, budget)), x86::rax);
    }
    a_.call(slot_of(Symbol::kHelper));
}

void Lowering::lower_call(u32 index) {
    const Inst& inst = block_.insts[index];
    values_.save_from_state();
    values_.take(x86::rax);
    helper_call(static_cast<u32>(inst.imm), std::span(inst.operands).first(3),
                block_.points[inst.point].pc, block_.begun_with(inst.point));
    a_.jz(trap_exit(inst));
    pending_call_ = index;
    if (plan_[index].uses == 0) return;
    const x86::Gp to = values_.define(index);
    a_.mov(to, result_slot(8));
}

}  // namespace kiln::asmjit_backend
