// Writes a block anew, instruction by instruction: what every forward pass is made of. One at a
// time on a thread.
#pragma once

#include <utility>

#include "jit/ir/block.h"

namespace kiln::ir {

class Rewriter {
  public:
    explicit Rewriter(Block& block)
        : block_(block), insts_(buffers().insts), new_ids_(buffers().new_ids) {
        insts_.clear();
        new_ids_.assign(block.insts.size(), kNoValue);
    }

    // Calls visit(inst) for each instruction in order; its operands already name the new block's
    // values. What visit returns stands for the instruction's result from there on: emit(inst) to
    // keep it, another value to replace it, kNoValue where it has no result or is dropped unused.
    template <class Visit>
    void run(Visit visit) {
        for (size_t i = 0; i < new_ids_.size(); ++i) {
            Inst inst = block_.insts[i];
            point_ = inst.point;
            for (u8 n = 0; n < inst.arity(); ++n) inst.operands[n] = new_ids_[inst.operands[n]];
            new_ids_[i] = visit(inst);
        }
        finish();
    }

    ValueId emit(const Inst& inst) {
        insts_.push_back(inst);
        return static_cast<ValueId>(insts_.size() - 1);
    }
    // A new instruction of the guest instruction that is visited.
    ValueId emit(Opcode opcode, Type type, std::array<ValueId, 3> operands, u64 imm = 0) {
        return emit({.opcode = opcode,
                     .type = type,
                     .point = point_,
                     .operands = {operands[0], operands[1], operands[2], kNoValue},
                     .imm = imm});
    }
    ValueId emit_unary(Opcode opcode, Type type, ValueId a) {
        return emit(opcode, type, {a, kNoValue, kNoValue});
    }
    ValueId emit_binary(Opcode opcode, Type type, ValueId a, ValueId b) {
        return emit(opcode, type, {a, b, kNoValue});
    }
    ValueId emit_imm(Type type, u64 value) {
        return emit(Opcode::imm, type, {kNoValue, kNoValue, kNoValue}, value & mask_of(type));
    }

    // Of the new block.
    const Inst& operator[](ValueId id) const { return insts_[id]; }
    ValueId next_id() const { return static_cast<ValueId>(insts_.size()); }
    bool is_imm(ValueId id) const { return insts_[id].opcode == Opcode::imm; }
    bool is_imm(ValueId id, u64 value) const { return is_imm(id) && insts_[id].imm == value; }

  private:
    void finish() {
        for (LiveState& live : block_.live) live.value = new_ids_[live.value];
        for_each_value(block_.terminal, [&](ValueId& id) { id = new_ids_[id]; });
        std::swap(block_.insts, insts_);
    }

    // Passes run one after the other: the memory of each serves the next, on the same thread.
    struct Buffers {
        std::vector<Inst> insts;
        std::vector<ValueId> new_ids;
    };
    static Buffers& buffers() {
        thread_local Buffers buffers;
        return buffers;
    }

    Block& block_;
    std::vector<Inst>& insts_;       // the new block's
    std::vector<ValueId>& new_ids_;  // by old id
    u16 point_ = 0;
};

}  // namespace kiln::ir
