#include <bit>

#include "jit/ir/passes.h"
#include "jit/ir/rewriter.h"

namespace kiln::ir {
namespace {

// Open addressing, never more than half full.
class ValueTable {
  public:
    explicit ValueTable(size_t most)
        : slots_(std::bit_ceil(2 * most + 2), kNoValue), mask_(slots_.size() - 1) {}

    // The place of an instruction that computes the same, or an empty one. `same(id)` says whether
    // the instruction `id` does.
    template <class Same>
    ValueId& find(const Inst& inst, Same same) {
        size_t at = hash(inst) & mask_;
        while (slots_[at] != kNoValue && !same(slots_[at])) at = (at + 1) & mask_;
        return slots_[at];
    }

  private:
    static u64 hash(const Inst& inst) {
        constexpr u64 kMultiplier = 0x9e3779b97f4a7c15;
        u64 mixed = static_cast<u64>(inst.opcode) << 8 | static_cast<u64>(inst.type);
        mixed = mixed * kMultiplier ^ inst.imm;
        mixed = mixed * kMultiplier ^ (u64{inst.operands[0]} << 32 | inst.operands[1]);
        mixed = mixed * kMultiplier ^ inst.operands[2];
        mixed *= kMultiplier;
        return mixed ^ mixed >> 32;
    }

    std::vector<ValueId> slots_;
    size_t mask_;
};

bool same_computation(const Inst& a, const Inst& b) {
    return a.opcode == b.opcode && a.type == b.type && a.imm == b.imm && a.operands == b.operands;
}

}  // namespace

// A helper may clear the sticky flags: an operation in front of a call does not stand for one
// behind it.
void reuse_values(Block& block) {
    Rewriter rewriter(block);
    ValueTable table(block.insts.size());
    ValueId flags_since = 0;
    rewriter.run([&](const Inst& inst) {
        const Effect effect = info_of(inst.opcode).effect;
        if (inst.opcode == Opcode::call) flags_since = rewriter.next_id();
        if (effect != Effect::kPure && effect != Effect::kFlags) return rewriter.emit(inst);
        const ValueId since = effect == Effect::kFlags ? flags_since : 0;
        ValueId& known = table.find(
            inst, [&](ValueId id) { return id >= since && same_computation(rewriter[id], inst); });
        if (known == kNoValue) known = rewriter.emit(inst);
        return known;
    });
}

}  // namespace kiln::ir
