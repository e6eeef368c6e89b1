#include "jit/llvm_backend/slots.h"

#include <algorithm>

namespace kiln::llvm_backend {

using ir::Inst;
using ir::Opcode;
using ir::Type;
using ir::ValueId;

namespace box {

std::optional<Boxed> boxed_by(const ir::Block& block, ValueId id) {
    const Inst& inst = block.insts[id];
    if (inst.opcode == Opcode::imm && inst.type == Type::kI64 && inst.imm >= kBits)
        return Boxed{.constant = static_cast<u32>(inst.imm)};
    if (inst.opcode != Opcode::bit_or || inst.type != Type::kI64) return {};
    for (unsigned n = 0; n < 2; ++n) {
        const Inst& wide = block.insts[inst.operands[n]];
        const Inst& bits = block.insts[inst.operands[1 - n]];
        if (wide.opcode != Opcode::zext || bits.opcode != Opcode::imm || bits.imm != kBits)
            continue;
        if (block.insts[wide.operands[0]].type == Type::kI32) return Boxed{wide.operands[0]};
    }
    return {};
}

std::optional<ValueId> unboxed_by(const ir::Block& block, ValueId id) {
    const auto is_imm = [&](ValueId value, u64 imm) {
        return block.insts[value].opcode == Opcode::imm && block.insts[value].imm == imm;
    };
    const Inst& inst = block.insts[id];
    if (inst.opcode != Opcode::select || inst.type != Type::kI32) return {};
    const Inst& boxed = block.insts[inst.operands[0]];
    const Inst& low = block.insts[inst.operands[1]];
    if (boxed.opcode != Opcode::lt_u || low.opcode != Opcode::trunc) return {};
    const ValueId whole = low.operands[0];
    const bool matches = is_imm(boxed.operands[0], kBits - 1) && boxed.operands[1] == whole &&
                         is_imm(inst.operands[2], kCanonicalSingle) &&
                         block.insts[whole].opcode == Opcode::get &&
                         block.insts[whole].type == Type::kI64;
    return matches ? std::optional(whole) : std::nullopt;
}

}  // namespace box

namespace {

// What a region does with a slot.
struct Uses {
    bool narrow = false;   // 32 bits at its start
    bool odd = false;      // other parts of it
    bool wide = false;     // all of it
    bool unboxes = false;  // reads it as a single-precision number
    bool boxes = false;    // writes such
    bool others = false;   // writes what may be none
    bool writes_half = false;
    bool doubles = false;  // double-precision numbers
};

class UseFinder {
  public:
    std::vector<Uses> uses = std::vector<Uses>(kRegisterSlots);

    void look_at(const ir::Block& block) {
        for (const Inst& inst : block.insts) {
            if (inst.opcode == Opcode::get) touch(inst.imm, inst.type);
            if (inst.opcode == Opcode::set) write(block, inst.imm, inst.operands[0]);
            if (inst.opcode == Opcode::bitcast && inst.type == Type::kF64)
                if (Uses* of = read_by(block, inst.operands[0])) of->doubles = true;
            if (inst.opcode == Opcode::select) {
                const auto id = static_cast<ValueId>(&inst - block.insts.data());
                if (const auto get = box::unboxed_by(block, id))
                    read_by(block, *get)->unboxes = true;
            }
        }
        for (const ir::LiveState& live : block.live) write(block, live.offset, live.value);
    }

  private:
    Uses* touch(u64 offset, Type type) {
        if (offset >= sizeof(CpuState::regs)) return nullptr;
        Uses& of = uses[offset / 8];
        const unsigned bytes = ir::bytes_of(type);
        (offset % 8 != 0 || bytes < 4 ? of.odd : bytes == 4 ? of.narrow : of.wide) = true;
        return &of;
    }
    void write(const ir::Block& block, u64 offset, ValueId id) {
        const Inst& value = block.insts[id];
        Uses* of = touch(offset, value.type);
        if (of == nullptr) return;
        (box::boxed_by(block, id) ? of->boxes : of->others) = true;
        of->writes_half |= ir::bytes_of(value.type) == 4;
        if (value.opcode == Opcode::bitcast && block.insts[value.operands[0]].type == Type::kF64)
            of->doubles = true;
    }
    Uses* read_by(const ir::Block& block, ValueId id) {
        const Inst& inst = block.insts[id];
        if (inst.opcode != Opcode::get || inst.imm >= sizeof(CpuState::regs)) return nullptr;
        return &uses[inst.imm / 8];
    }
};

bool calls_helpers(const ir::Block& block) {
    return std::holds_alternative<ir::HelperExit>(block.terminal) ||
           std::ranges::any_of(block.insts,
                               [](const Inst& inst) { return inst.opcode == Opcode::call; });
}

SlotKind kind_of(const Uses& uses) {
    if (uses.odd) return SlotKind::kWord;
    if (!uses.wide) return SlotKind::kHalf;
    if ((uses.unboxes || uses.boxes) && !uses.others) return SlotKind::kSingle;
    return uses.doubles && !uses.writes_half ? SlotKind::kDouble : SlotKind::kWord;
}

template <class Offsets>
int find_pinned(const Offsets& offsets, u64 offset, int first) {
    const auto found = std::ranges::find(offsets, offset);
    return found == offsets.end() ? -1 : first + static_cast<int>(found - offsets.begin());
}

}  // namespace

bool is_arithmetic(const ir::Block& block, ValueId bits, Type type) {
    const Inst& from = block.insts[bits];
    if (from.opcode != Opcode::bitcast) return false;
    const Inst& number = block.insts[from.operands[0]];
    return number.type == type && number.opcode == Opcode::fcanonical &&
           ir::makes_quiet_nans(block.insts[number.operands[0]]);
}

std::vector<Slot> find_slots(const ir::Region& region, const native::Layout& layout) {
    UseFinder finder;
    for (const ir::RegionBlock& block : region.blocks) finder.look_at(block.block);
    const bool helpers = std::ranges::any_of(
        region.blocks, [](const ir::RegionBlock& block) { return calls_helpers(block.block); });
    std::vector<Slot> slots;
    for (size_t n = 0; n < kRegisterSlots; ++n) {
        const Uses& uses = finder.uses[n];
        const u64 offset = n * 8;
        const int as_int = find_pinned(layout.ints, offset, 0);
        const int as_float =
            find_pinned(layout.floats, offset, static_cast<int>(layout.ints.size()));
        const int pinned = std::max(as_int, as_float);
        const bool used = uses.narrow || uses.odd || uses.wide;
        if (!used && !(helpers && pinned >= 0)) continue;
        SlotKind kind = used ? kind_of(uses) : SlotKind::kWord;
        // The argument has all 64 bits, but of an integer in a guest of 32 bits.
        const bool whole = region.blocks[0].block.address == Type::kI64 || as_float >= 0;
        if (kind == SlotKind::kHalf && pinned >= 0 && whole) kind = SlotKind::kWord;
        slots.push_back({offset, kind, static_cast<u32>(slots.size()), pinned, nullptr, nullptr,
                         nullptr, nullptr});
    }
    return slots;
}

Dirty find_dirty(const ir::Region& region, const std::vector<Slot>& slots) {
    const size_t count = region.blocks.size();
    const std::vector<bool> none(slots.size());
    Dirty dirty{std::vector(count, none), std::vector(count, none)};
    const auto mark = [&](std::vector<bool>& set, u64 offset) {
        const auto holds = [&](const Slot& slot) { return slot.offset / 8 == offset / 8; };
        const auto found = std::ranges::find_if(slots, holds);
        if (found != slots.end()) set[found->number] = true;
    };
    for (size_t i = 0; i < count; ++i) {
        const ir::Block& block = region.blocks[i].block;
        for (const Inst& inst : block.insts)
            if (inst.opcode == Opcode::set) mark(dirty.behind[i], inst.imm);
        for (const ir::LiveState& live : block.live) mark(dirty.behind[i], live.offset);
        for (const Slot& slot : slots)
            if (slot.pinned >= 0 && calls_helpers(block)) dirty.behind[i][slot.number] = true;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (ir::RegionIndex i = 0; i < count; ++i) {
            for_each_successor(region, i, [&](ir::RegionIndex next) {
                for (size_t n = 0; n < slots.size(); ++n) {
                    if (!dirty.behind[i][n] || dirty.before[next][n]) continue;
                    dirty.before[next][n] = dirty.behind[next][n] = changed = true;
                }
            });
        }
    }
    return dirty;
}

}  // namespace kiln::llvm_backend
