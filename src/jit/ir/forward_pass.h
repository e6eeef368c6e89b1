// Forward passes: they look at one instruction after the other, so that several of them share one
// walk over the block. What one of them makes of an instruction is what the next one sees.
#pragma once

#include <bit>
#include <initializer_list>
#include <memory>
#include <vector>

#include "jit/ir/block.h"

namespace kiln::ir {

// Which operations a pass wants to see.
class OpcodeSet {
  public:
    constexpr OpcodeSet(std::initializer_list<Opcode> opcodes) {
        for (const Opcode opcode : opcodes) in_[static_cast<size_t>(opcode)] = true;
    }
    template <class Contains>
    static constexpr OpcodeSet where(Contains contains) {
        OpcodeSet set{};
        for (size_t i = 0; i < kOpcodeCount; ++i) set.in_[i] = contains(static_cast<Opcode>(i));
        return set;
    }
    constexpr bool operator[](Opcode opcode) const { return in_[static_cast<size_t>(opcode)]; }

  private:
    std::array<bool, kOpcodeCount> in_{};
};

class Rewriter;

class ForwardPass {
  public:
    explicit ForwardPass(const OpcodeSet& wanted) : wanted_(wanted) {}
    virtual ~ForwardPass() = default;
    const OpcodeSet& wanted() const { return wanted_; }

    // A block begins: what was known of the last one is forgotten.
    virtual void begin() {}
    // An instruction that is wanted; its operands name values of the new block. What this returns
    // stands for the instruction's result from there on: emit(inst) to keep it, another value to
    // replace it, kNoValue where it has no result or is dropped unused.
    virtual ValueId visit(const Inst& inst) = 0;
    // All instructions of `block` are written anew.
    virtual void finish(Block& /*block*/) {}

  protected:
    // Hands an instruction on: to the passes behind this one, then into the new block.
    ValueId emit(const Inst& inst);
    // A new instruction of the guest instruction that is visited.
    ValueId emit(Opcode opcode, Type type, std::array<ValueId, 3> operands, u64 imm = 0);
    ValueId emit_unary(Opcode opcode, Type type, ValueId a) {
        return emit(opcode, type, {a, kNoValue, kNoValue});
    }
    ValueId emit_binary(Opcode opcode, Type type, ValueId a, ValueId b) {
        return emit(opcode, type, {a, b, kNoValue});
    }
    ValueId emit_imm(Type type, u64 value) {
        return emit(Opcode::imm, type, {kNoValue, kNoValue, kNoValue}, value & mask_of(type));
    }

    // Of the new block. Another emit ends what a reference refers to.
    const Inst& inst_of(ValueId id) const;
    ValueId next_id() const;
    bool is_imm(ValueId id) const { return inst_of(id).opcode == Opcode::imm; }
    bool is_imm(ValueId id, u64 value) const { return is_imm(id) && inst_of(id).imm == value; }
    u64 imm_of(ValueId id) const { return inst_of(id).imm; }

  private:
    friend class Rewriter;
    const OpcodeSet wanted_;
    Rewriter* rewriter_ = nullptr;
    unsigned place_ = 0;
};

// Writes a block anew, instruction by instruction, through a row of passes.
class Rewriter {
  public:
    explicit Rewriter(std::vector<std::unique_ptr<ForwardPass>> passes);
    Rewriter(const Rewriter&) = delete;
    Rewriter& operator=(const Rewriter&) = delete;

    void run(Block& block);

  private:
    friend class ForwardPass;

    // Through the passes from number `first` on.
    ValueId hand_on(unsigned first, const Inst& inst) {
        const u32 rest = wanted_by_[static_cast<size_t>(inst.opcode)] >> first;
        if (rest != 0)
            return passes_[first + static_cast<unsigned>(std::countr_zero(rest))]->visit(inst);
        insts_.push_back(inst);
        return static_cast<ValueId>(insts_.size() - 1);
    }

    std::vector<std::unique_ptr<ForwardPass>> passes_;
    std::array<u32, kOpcodeCount> wanted_by_{};  // a bit for each pass
    std::vector<Inst> insts_;                    // the new block's
    std::vector<ValueId> new_ids_;               // by old id
    u16 point_ = 0;
};

inline ValueId ForwardPass::emit(const Inst& inst) { return rewriter_->hand_on(place_ + 1, inst); }
inline ValueId ForwardPass::emit(Opcode opcode, Type type, std::array<ValueId, 3> operands,
                                 u64 imm) {
    return emit({.opcode = opcode,
                 .type = type,
                 .point = rewriter_->point_,
                 .operands = {operands[0], operands[1], operands[2], kNoValue},
                 .imm = imm});
}
inline const Inst& ForwardPass::inst_of(ValueId id) const { return rewriter_->insts_[id]; }
inline ValueId ForwardPass::next_id() const {
    return static_cast<ValueId>(rewriter_->insts_.size());
}

}  // namespace kiln::ir
