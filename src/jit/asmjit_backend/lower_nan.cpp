// NaNs: making them canonical, and boxing single-precision numbers.
#include <algorithm>

#include "jit/asmjit_backend/lowering.h"

namespace kiln::asmjit_backend {

using ir::Opcode;
using ir::Type;

namespace {

u64 canonical_nan(Type type) { return type == Type::kF32 ? u64{0x7fc00000} : u64{0x7ff8} << 48; }
// The same, boxed where it can be.
u64 boxed_nan(Type type) { return canonical_nan(type) | (type == Type::kF32 ? kBox : 0); }

}  // namespace

void Lowering::canonical(u32 index) {
    const Inst& inst = block_.insts[index];
    if (inst.type == Type::kF16 || !makes_quiet_nans(inst_of(inst.operands[0])))
        return canonical_bits(index);
    if (plan_[index].in_place) return raw_nans_.push_back(index);
    const x86::Xmm to = values_.define_copy_xmm(index, inst.operands[0]);
    set_boxed(index, is_boxed(inst.operands[0]));
    make_canonical(inst.type, to, to);
}

// The NaNs are not signaling, so the test raises nothing.
void Lowering::make_canonical(Type type, x86::Xmm a, x86::Xmm b) {
    const bool single = type == Type::kF32;
    const asmjit::Label is_nan = a_.newLabel();
    const asmjit::Label done = a_.newLabel();
    unordered(single, a, b);
    a_.jp(is_nan);
    a_.bind(done);
    cold([=, this] {
        const Values::Where nan{.constant = true, .bits = boxed_nan(type)};
        a_.bind(is_nan);
        if (a.id() != b.id()) {
            const asmjit::Label other = a_.newLabel();
            unordered(single, a, a);
            a_.jnp(other);
            values_.move(a, nan);
            a_.bind(other);
            unordered(single, b, b);
            a_.jnp(done);
        }
        values_.move(b, nan);
        a_.jmp(done);
    });
}

// Whether the operation at `index` tells one NaN from another.
bool Lowering::tells_nans(u32 index) const {
    const Inst& inst = block_.insts[index];
    const bool shares = ir::info_of(inst.opcode).has_result() && plan_.root(index) != index;
    return !shares && inst.opcode != Opcode::imm && inst.opcode != Opcode::get &&
           ir::info_of(inst.opcode).effect != ir::Effect::kFlags;
}

// Whether the operation, or where it may leave the block to, needs a value that may be a raw NaN.
bool Lowering::needs_raw_nan(u32 index) const {
    const Inst& inst = block_.insts[index];
    if (ir::has_exits(inst.opcode) && inst.opcode != Opcode::load && inst.opcode != Opcode::store)
        return true;
    const auto is_raw = [&](ValueId id) {
        return std::ranges::any_of(raw_nans_,
                                   [&](ValueId raw) { return plan_.root(raw) == plan_.root(id); });
    };
    for (unsigned k = 0; k < inst.arity(); ++k)
        if (is_raw(inst.operands[k])) return true;
    const ir::LiveRange fault = block_.exits_of(inst).fault;
    const auto live = std::span(block_.live).subspan(fault.first, fault.count);
    return std::ranges::any_of(live, [&](const ir::LiveState& l) { return is_raw(l.value); });
}

// NaNs that were made stay as they are until somebody looks, so that two numbers are tested at
// once.
void Lowering::settle_nans(u32 index) {
    if (raw_nans_.empty()) return;
    if (index < plan_.end() && !(tells_nans(index) && needs_raw_nan(index))) return;
    for (const Type type : {Type::kF32, Type::kF64}) {
        ValueId first = ir::kNoValue;
        for (const ValueId raw : raw_nans_) {
            // Nobody has looked, and nobody will.
            if (type_of(raw) != type || plan_[plan_.root(raw)].last_use < index) continue;
            if (first == ir::kNoValue) {
                first = raw;
                continue;
            }
            make_canonical(type, values_.change_xmm(first), values_.change_xmm(raw));
            first = ir::kNoValue;
        }
        if (first == ir::kNoValue) continue;
        const x86::Xmm alone = values_.change_xmm(first);
        make_canonical(type, alone, alone);
    }
    raw_nans_.clear();
    values_.unlock();
}

// Sets the bits above a number, in the register where it is.
void Lowering::box(u32 index) {
    if (is_boxed(index)) return;
    set_boxed(index);
    if (plan_[plan_.root(index)].wants_xmm) {
        a_.orps(values_.change_xmm(index), literal(kBox));
        return;
    }
    const x86::Gp number = values_.change_gpr(index);
    const x86::Gp mask = values_.scratch();
    a_.mov(mask, kBox);
    a_.or_(number, mask);
}

// Whether the choice is that of a number which is boxed, else of a NaN.
bool Lowering::unboxes(const Inst& select) const {
    const Inst& condition = inst_of(select.operands[0]);
    return select.type == Type::kF32 && condition.opcode == Opcode::lt_u &&
           values_.is_constant(condition.operands[0]) &&
           values_.constant(condition.operands[0]) == kBox - 1 &&
           plan_.root(condition.operands[1]) == plan_.root(select.operands[1]) &&
           values_.is_constant(select.operands[2]);
}

// The same on the encoding, where a test by comparison might raise a flag.
void Lowering::canonical_bits(u32 index) {
    const Inst& inst = block_.insts[index];
    const unsigned bits = ir::bits_of(inst.type);
    const u64 infinity =
        bits == 16 ? 0x7c00 : canonical_nan(inst.type) & ~(u64{1} << (bits == 32 ? 22 : 51));
    const u64 nan = bits == 16 ? 0x7e00 : canonical_nan(inst.type);
    const x86::Gp result = values_.scratch();
    const x86::Gp magnitude = values_.scratch();
    const x86::Gp limit = values_.scratch();
    const asmjit::Label done = a_.newLabel();
    values_.load(result, inst.operands[0]);
    // Without the sign, and without what lies above it.
    a_.mov(magnitude, result);
    a_.shl(magnitude, 65 - bits);
    a_.shr(magnitude, 65 - bits);
    a_.mov(limit, infinity);
    a_.cmp(magnitude, limit);
    a_.jbe(done);
    a_.mov(result, nan);
    a_.bind(done);
    a_.mov(values_.define(index), result);
}

}  // namespace kiln::asmjit_backend
