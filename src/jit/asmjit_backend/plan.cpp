#include "jit/asmjit_backend/plan.h"

#include <algorithm>

namespace kiln::asmjit_backend {

using ir::Inst;
using ir::LiveRange;
using ir::Opcode;
using ir::Type;

PinnedSlots::PinnedSlots(const native::Layout& layout) {
    by_slot_.fill(kNotPinned);
    unsigned pinned = 0;
    const auto take = [&](const auto& offsets) {
        for (const StateOffset offset : offsets) {
            offsets_[pinned] = offset;
            by_slot_[offset / sizeof(u64)] = static_cast<u8>(pinned++);
        }
    };
    take(layout.ints);
    take(layout.floats);
}

bool PinnedSlots::whole(unsigned pinned, u64 offset, Type type, Type address) const {
    const unsigned bytes = ir::bytes_of(type);
    const bool narrow = address == Type::kI32 && bytes == 4 && !pinned_float(pinned);
    return offset == offsets_[pinned] && (bytes == 8 || narrow);
}

namespace {

template <class F>
void for_each_live(const ir::Block& block, LiveRange range, F f) {
    for (u32 i = 0; i < range.count; ++i) f(block.live[range.first + i]);
}

bool is_comparison(Opcode opcode) { return opcode >= Opcode::eq && opcode <= Opcode::le_s; }

bool is_float_operation(Opcode opcode) {
    return opcode >= Opcode::fadd && opcode <= Opcode::ffrom_int_u;
}
// Whether the host's instruction for the operation leaves zeros above the value in an integer
// register.
bool clears_above(const Inst& inst) {
    switch (inst.opcode) {
        case Opcode::load:
            return true;
        case Opcode::add:
        case Opcode::sub:
        case Opcode::mul:
        case Opcode::shl:
        case Opcode::shr:
        case Opcode::sar:
            return inst.type == Type::kI32;
        default:
            return false;
    }
}
bool is_bitwise(Opcode opcode) {
    return opcode == Opcode::bit_and || opcode == Opcode::bit_or || opcode == Opcode::bit_xor;
}

}  // namespace

Plan::Plan(const ir::Block& block, const PinnedSlots& slots, std::pmr::memory_resource& memory)
    : block_(block), slots_(slots), values_(block.insts.size(), &memory) {
    count_uses();
    find_roots();
    find_life();
    find_homes();
    find_domains();
}

void Plan::count_uses() {
    const auto use = [&](ValueId id, u32 at) {
        ++values_[id].raw_uses;
        values_[id].user = at;
    };
    const auto observe = [&](ValueId id, u32 at) {
        use(id, at);
        values_[id].nans_alike = false;
    };
    for (u32 i = 0; i < end(); ++i) {
        const Inst& inst = block_.insts[i];
        const bool alike = inst.opcode == Opcode::fcanonical ||
                           ir::info_of(inst.opcode).effect == ir::Effect::kFlags;
        for (unsigned k = 0; k < inst.arity(); ++k)
            alike ? use(inst.operands[k], i) : observe(inst.operands[k], i);
        for_each_live(block_, block_.exits_of(inst).fault,
                      [&](const ir::LiveState& live) { observe(live.value, i); });
        if (inst.opcode == Opcode::call)
            for_each_live(block_, block_.exits_of(inst).stop,
                          [&](const ir::LiveState& live) { observe(live.value, stop_index(i)); });
    }
    ir::for_each_value(block_.terminal, [&](const ValueId& id) { observe(id, end()); });
}

// Where the stop exit of a call lies: behind the last operation of its guest instruction.
u32 Plan::stop_index(u32 call) const {
    u32 i = call;
    while (i + 1 < end() && block_.insts[i + 1].point == block_.insts[call].point) ++i;
    return i + 1 == end() ? end() : i;
}

// The `bit_or` that overwrites every bit which a zero-extension makes, so that the extension need
// not be made; kNoValue: there is none.
ValueId Plan::covering_or(ValueId id) const {
    const ValuePlan& value = values_[id];
    if (value.raw_uses != 1 || value.user >= end()) return ir::kNoValue;
    const Inst& user = block_.insts[value.user];
    if (user.opcode != Opcode::bit_or) return ir::kNoValue;
    const ValueId other = user.operands[0] == id ? user.operands[1] : user.operands[0];
    const Inst& constant = block_.insts[other];
    if (constant.opcode != Opcode::imm) return ir::kNoValue;
    const u64 kept = ir::mask_of(block_.insts[block_.insts[id].operands[0]].type);
    return (constant.imm | kept) == ir::mask_of(user.type) ? value.user : ir::kNoValue;
}

// Whether the NaN that an operation may have made can be made canonical where it is: nobody wants
// to see the one that it was.
bool Plan::canonical_in_place(const Inst& inst) const {
    const Inst& operand = block_.insts[inst.operands[0]];
    return makes_quiet_nans(operand) && operand.type != Type::kF16 &&
           values_[inst.operands[0]].nans_alike;
}

// The extension of a number that can be boxed where it is, since the bits above it mean nothing to
// its other users; kNoValue: `inst` is nothing of that kind.
ValueId Plan::boxed_in_place(const Inst& inst, ValueId id) const {
    const bool swapped = block_.insts[inst.operands[0]].opcode == Opcode::imm;
    const ValueId low = inst.operands[swapped ? 1 : 0];
    const Inst& bits = block_.insts[inst.operands[swapped ? 0 : 1]];
    if (bits.opcode != Opcode::imm || bits.imm != kBox) return ir::kNoValue;
    const Inst& extension = block_.insts[low];
    const bool extends = extension.opcode == Opcode::zext && covering_or(low) == id &&
                         ir::bits_of(block_.insts[extension.operands[0]].type) == 32;
    if (!extends) return ir::kNoValue;
    const ValueId root = values_[low].root;
    const Inst& number = block_.insts[root];
    const bool made_here = number.opcode == Opcode::load || makes_quiet_nans(number) ||
                           (number.opcode == Opcode::select && number.type == Type::kF32);
    const bool narrow = ir::bits_of(number.type) == 32;
    return made_here && narrow && !values_[root].zero_above ? low : ir::kNoValue;
}

// The operand in whose bits the value of `inst` is found, or put; kNoValue: there is none.
ValueId Plan::shared_operand(const Inst& inst, ValueId id) {
    const ValueId first = inst.operands[0];
    switch (inst.opcode) {
        case Opcode::trunc:
        case Opcode::bitcast:
            return first;
        case Opcode::zext:
            // A condition that is kept is 0 or 1 in all bits.
            if (block_.insts[first].type == Type::kI1) return first;
            if (covering_or(id) != ir::kNoValue) return first;
            if (!clears_above(block_.insts[first]) || values_[values_[first].root].boxed)
                return ir::kNoValue;
            values_[values_[first].root].zero_above = true;
            return first;
        case Opcode::fcanonical:
            return canonical_in_place(inst) ? first : ir::kNoValue;
        case Opcode::bit_or:
            return boxed_in_place(inst, id);
        default:
            return ir::kNoValue;
    }
}

void Plan::find_roots() {
    for (u32 i = 0; i < end(); ++i) {
        const Inst& inst = block_.insts[i];
        ValuePlan& value = values_[i];
        const ValueId shared = shared_operand(inst, i);
        value.root = shared == ir::kNoValue ? i : values_[shared].root;
        const bool boxes = inst.opcode == Opcode::bit_or;
        value.in_place = value.root != i && (boxes || inst.opcode == Opcode::fcanonical);
        if (value.in_place)
            (boxes ? values_[value.root].boxed : values_[value.root].raw_nan) = true;
        if (is_comparison(inst.opcode) && value.raw_uses == 1) {
            const bool by_terminal = value.user == end();
            const Opcode user = by_terminal ? Opcode::kCount : block_.insts[value.user].opcode;
            const bool condition_only = user == Opcode::select || user == Opcode::exit_if ||
                                        user == Opcode::trap_if || user == Opcode::fraise;
            value.deferred = condition_only || by_terminal;
        }
        if (inst.opcode == Opcode::load && value.raw_uses == 1 && value.user == i + 1) {
            const Opcode user = i + 1 == end() ? Opcode::kCount : block_.insts[i + 1].opcode;
            value.extended = user == Opcode::sext;
        }
    }
}

void Plan::need(ValueId id, u32 at) {
    if (values_[id].deferred) {
        const Inst& comparison = block_.insts[id];
        need(comparison.operands[0], at);
        need(comparison.operands[1], at);
        return;
    }
    ValuePlan& root = values_[values_[id].root];
    root.last_use = std::max(root.last_use, at);
    ++root.uses;
}

// For each operation the next one before which registers of the guest hold what they should, at the
// latest: it may leave the block. (A load may be known not to.)
std::pmr::vector<u32> Plan::find_settled() const {
    std::pmr::vector<u32> settled(end(), values_.get_allocator());
    u32 next = end();
    for (u32 i = end(); i-- > 0;) {
        settled[i] = next;
        const Opcode opcode = block_.insts[i].opcode;
        if (ir::has_exits(opcode) && opcode != Opcode::load) next = i;
    }
    return settled;
}

void Plan::find_life() {
    const std::pmr::vector<u32> settled = find_settled();
    for (u32 i = 0; i < end(); ++i) {
        const Inst& inst = block_.insts[i];
        ValuePlan& value = values_[i];
        if (value.root == i) value.last_use = std::max(value.last_use, i);
        const bool made_elsewhere = (value.root != i && !value.in_place) || value.deferred;
        if (!made_elsewhere)
            for (unsigned k = 0; k < inst.arity(); ++k) need(inst.operands[k], i);
        // What lies in a register of the guest may be made canonical there later.
        if (inst.opcode == Opcode::set && values_[values_[inst.operands[0]].root].raw_nan &&
            slots_.find(inst.imm) != kNotPinned)
            need(inst.operands[0], settled[i]);
        for_each_live(block_, block_.exits_of(inst).fault,
                      [&](const ir::LiveState& live) { need(live.value, i); });
        if (inst.opcode == Opcode::call)
            for_each_live(block_, block_.exits_of(inst).stop,
                          [&](const ir::LiveState& live) { need(live.value, stop_index(i)); });
    }
    ir::for_each_value(block_.terminal, [&](const ValueId& id) { need(id, end()); });
}

// A value may be made in the pinned register that it is to become when neither an exit nor a read
// in between needs what that register held before.
void Plan::propose(ValueId id, u64 offset, const std::array<u32, kPinned>& needed) {
    const u8 pinned = slots_.find(offset);
    if (pinned == kNotPinned ||
        !slots_.whole(pinned, offset, block_.insts[id].type, block_.address))
        return;
    const ValueId root_id = values_[id].root;
    const Opcode opcode = block_.insts[root_id].opcode;
    if (opcode == Opcode::get || opcode == Opcode::imm) return;
    // Nor one of which a part only is kept.
    ValuePlan& root = values_[root_id];
    if (ir::bits_of(block_.insts[root_id].type) > ir::bits_of(block_.insts[id].type)) return;
    if (root.boxed && !pinned_float(pinned)) return;
    // `needed` holds one more than the index of the last operation that needs the old value. The
    // load of an extension is where the value is made.
    const bool extends_load = root_id != 0 && values_[root_id - 1].extended;
    const u32 made = extends_load ? root_id - 1 : root_id;
    if (root.pinned == kNotPinned && needed[pinned] <= made + 1) root.pinned = pinned;
}

void Plan::find_homes() {
    std::array<u32, kPinned> needed{};
    for (u32 i = 0; i < end(); ++i) {
        const Inst& inst = block_.insts[i];
        if (inst.opcode == Opcode::set) propose(inst.operands[0], inst.imm, needed);
        if (inst.opcode == Opcode::get && slots_.find(inst.imm) != kNotPinned)
            needed[slots_.find(inst.imm)] = i + 1;
        if (!ir::has_exits(inst.opcode)) continue;
        std::array<u32, kPinned> now;
        // A call sees all state, and so does its stop exit.
        now.fill(inst.opcode == Opcode::call ? stop_index(i) + 1 : i + 1);
        if (inst.opcode != Opcode::call)
            for_each_live(block_, block_.exits_of(inst).fault, [&](const ir::LiveState& live) {
                propose(live.value, live.offset, needed);
                const u8 pinned = slots_.find(live.offset);
                if (pinned != kNotPinned) now[pinned] = needed[pinned];
            });
        needed = now;
    }
}

void Plan::find_domains() {
    for (u32 i = end(); i-- > 0;) {
        const Inst& inst = block_.insts[i];
        const ValuePlan& value = values_[i];
        const auto want = [&](ValueId id) { values_[values_[id].root].wants_xmm = true; };
        if (is_float_operation(inst.opcode)) {
            for (unsigned k = 0; k < inst.arity(); ++k)
                if (ir::is_float(block_.insts[inst.operands[k]].type)) want(inst.operands[k]);
            if (ir::is_float(inst.type)) want(i);
        } else if (inst.opcode == Opcode::set) {
            const u8 pinned = slots_.find(inst.imm);
            if (pinned != kNotPinned && pinned_float(pinned)) want(inst.operands[0]);
        } else if (value.root == i && value.wants_xmm) {
            if (is_bitwise(inst.opcode)) {
                want(inst.operands[0]);
                want(inst.operands[1]);
            } else if (inst.opcode == Opcode::select) {
                want(inst.operands[1]);
                want(inst.operands[2]);
            }
        }
    }
}

}  // namespace kiln::asmjit_backend
