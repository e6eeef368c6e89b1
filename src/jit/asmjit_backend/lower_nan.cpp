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

// Whether a value that may be a raw NaN lies in the pinned register of the slot at `offset`.
bool Lowering::is_raw_at(u64 offset) const {
    const u8 pinned = slots_.find(offset);
    return pinned != kNotPinned && std::ranges::any_of(raw_nans_, [&](ValueId raw) {
               return Values::at_home(values_.where(raw), pinned);
           });
}
bool Lowering::is_raw(ValueId id) const {
    return std::ranges::any_of(raw_nans_,
                               [&](ValueId raw) { return plan_.root(raw) == plan_.root(id); });
}

// Whether the operation at `index` tells one NaN from another, and meets one that may be raw: by an
// operand, or in a register of the guest, or where it may leave the block to.
bool Lowering::meets_raw_nan(u32 index) const {
    const Inst& inst = block_.insts[index];
    if (inst.opcode == Opcode::get) return is_raw_at(inst.imm);
    if (inst.opcode == Opcode::set) {
        // One that stays where it is waits for the end of the block.
        const ValueId value = inst.operands[0];
        const u8 pinned = slots_.find(inst.imm);
        const bool stays = pinned != kNotPinned &&
                           slots_.whole(pinned, inst.imm, type_of(value), block_.address) &&
                           Values::at_home(values_.where(value), pinned);
        return !stays && (is_raw(value) || is_raw_at(inst.imm));
    }
    const bool shares = ir::info_of(inst.opcode).has_result() && plan_.root(index) != index;
    if (shares || ir::info_of(inst.opcode).effect == ir::Effect::kFlags) return false;
    const bool stays_inside =
        inst.opcode == Opcode::load && groups_[index].role == AccessGroups::Role::kFollows;
    if (ir::has_exits(inst.opcode) && !stays_inside) return true;
    const auto operands = std::span(inst.operands).first(inst.arity());
    return std::ranges::any_of(operands, [&](ValueId id) { return is_raw(id); });
}

// NaNs that were made stay as they are until somebody looks, so that two numbers are tested at
// once.
void Lowering::settle_nans(u32 index) {
    if (raw_nans_.empty()) return;
    if (index < plan_.end() && !meets_raw_nan(index)) return;
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
