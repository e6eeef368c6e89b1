#include <utility>

#include "jit/ir/constant_math.h"
#include "jit/ir/passes.h"

namespace kiln::ir {
namespace {

bool is_commutative(Opcode opcode) {
    switch (opcode) {
        case Opcode::add:
        case Opcode::mul:
        case Opcode::mul_high_u:
        case Opcode::mul_high_s:
        case Opcode::bit_and:
        case Opcode::bit_or:
        case Opcode::bit_xor:
        case Opcode::clmul:
        case Opcode::clmul_high:
        case Opcode::eq:
        case Opcode::ne:
            return true;
        default:
            return false;
    }
}

bool is_associative(Opcode opcode) {
    return opcode == Opcode::add || opcode == Opcode::mul || opcode == Opcode::bit_and ||
           opcode == Opcode::bit_or || opcode == Opcode::bit_xor;
}

// The comparison that holds where this one does not; `swaps`: with its operands exchanged.
struct Negation {
    Opcode opcode;
    bool swaps;
};
std::optional<Negation> negation(Opcode opcode) {
    switch (opcode) {
        case Opcode::eq:
            return Negation{Opcode::ne, false};
        case Opcode::ne:
            return Negation{Opcode::eq, false};
        case Opcode::lt_u:
            return Negation{Opcode::le_u, true};
        case Opcode::le_u:
            return Negation{Opcode::lt_u, true};
        case Opcode::lt_s:
            return Negation{Opcode::le_s, true};
        case Opcode::le_s:
            return Negation{Opcode::lt_s, true};
        default:
            return std::nullopt;
    }
}

constexpr OpcodeSet kWanted = OpcodeSet::where([](Opcode opcode) {
    const OpcodeInfo& info = info_of(opcode);
    return (info.effect == Effect::kPure && info.arity != 0) || opcode == Opcode::exit_if ||
           opcode == Opcode::trap_if || opcode == Opcode::fraise;
});

class FoldConstants final : public ForwardPass {
  public:
    FoldConstants() : ForwardPass(kWanted) {}

    ValueId visit(const Inst& inst) override {
        const OpcodeInfo& info = info_of(inst.opcode);
        if (info.effect != Effect::kPure) return fold_effect(inst);
        switch (info.arity) {
            case 1:
                return fold_unary(inst);
            case 2:
                return fold_binary(inst);
            default:
                return fold_select(inst);
        }
    }

    // A branch whose way is known.
    void finish(Block& block) override {
        const auto* branch = std::get_if<Branch>(&block.terminal);
        if (branch == nullptr) return;
        const Inst& condition = block.insts[branch->condition];
        if (condition.opcode == Opcode::imm)
            block.terminal = Jump{condition.imm != 0 ? branch->taken : branch->not_taken};
    }

  private:
    // An exit or flag that never comes.
    ValueId fold_effect(const Inst& inst) {
        if (is_imm(inst.operands[0], 0)) return kNoValue;
        return emit(inst);
    }

    ValueId fold_unary(const Inst& inst) {
        const Inst& a = inst_of(inst.operands[0]);
        if (a.opcode == Opcode::imm)
            if (const auto value = compute(inst.opcode, inst.type, a.type, a.imm))
                return emit_imm(inst.type, *value);
        if (inst.opcode == Opcode::bitcast) {
            if (a.type == inst.type) return inst.operands[0];
            if (a.opcode == Opcode::bitcast && inst_of(a.operands[0]).type == inst.type)
                return a.operands[0];
        }
        return emit(inst);
    }

    ValueId fold_select(const Inst& inst) {
        const auto [condition, a, b, unused] = inst.operands;
        if (is_imm(condition)) return imm_of(condition) != 0 ? a : b;
        return a == b ? a : emit(inst);
    }

    ValueId fold_binary(Inst inst) {
        auto& [a, b, c, d] = inst.operands;
        const Type type = inst_of(a).type;
        // Constants to the right.
        if (is_commutative(inst.opcode) && is_imm(a)) std::swap(a, b);
        if (is_imm(a) && is_imm(b)) {
            const auto value = compute(inst.opcode, type, imm_of(a), imm_of(b));
            if (value) return emit_imm(inst.type, *value);
        }
        if (a == b) return with_itself(inst);
        if (!is_imm(b)) return emit(inst);
        if (inst.opcode == Opcode::sub) {
            inst.opcode = Opcode::add;
            b = emit_imm(type, u64{0} - imm_of(b));
        }
        join_constants(inst);
        return with_constant(inst, imm_of(b));
    }

    ValueId with_itself(const Inst& inst) {
        switch (inst.opcode) {
            case Opcode::bit_and:
            case Opcode::bit_or:
                return inst.operands[0];
            case Opcode::sub:
            case Opcode::bit_xor:
            case Opcode::ne:
            case Opcode::lt_u:
            case Opcode::lt_s:
                return emit_imm(inst.type, 0);
            case Opcode::eq:
            case Opcode::le_u:
            case Opcode::le_s:
                return emit_imm(inst.type, 1);
            default:
                return emit(inst);
        }
    }

    // (x OP c) OP d is x OP (c OP d).
    void join_constants(Inst& inst) {
        if (!is_associative(inst.opcode)) return;
        const Inst inner = inst_of(inst.operands[0]);
        if (inner.opcode != inst.opcode || !is_imm(inner.operands[1])) return;
        const auto value =
            compute(inst.opcode, inst.type, imm_of(inner.operands[1]), imm_of(inst.operands[1]));
        inst.operands[0] = inner.operands[0];
        inst.operands[1] = emit_imm(inst.type, *value);
    }

    ValueId with_constant(const Inst& inst, u64 b) {
        const ValueId a = inst.operands[0];
        const u64 ones = mask_of(inst_of(a).type);
        switch (inst.opcode) {
            case Opcode::add:
                return fold_add(inst, b);
            case Opcode::bit_or:
                return b == 0 ? a : b == ones ? inst.operands[1] : emit(inst);
            case Opcode::bit_and:
                return b == ones ? a : b == 0 ? inst.operands[1] : emit(inst);
            case Opcode::bit_xor:
                return b == 0 ? a : inst.type == Type::kI1 ? fold_not(inst) : emit(inst);
            case Opcode::shl:
            case Opcode::shr:
            case Opcode::sar:
            case Opcode::rotr:
                return fold_shift(inst, b);
            case Opcode::mul:
            case Opcode::div_u:
            case Opcode::rem_u:
                return fold_power_of_two(inst, b);
            case Opcode::eq:
            case Opcode::ne:
                return fold_equality(inst, b);
            default:
                return emit(inst);
        }
    }

    ValueId fold_add(const Inst& inst, u64 b) {
        if (b == 0) return inst.operands[0];
        const Inst a = inst_of(inst.operands[0]);
        if (a.opcode != Opcode::pc) return emit(inst);
        return emit(Opcode::pc, inst.type, {kNoValue, kNoValue, kNoValue},
                    a.imm + static_cast<u64>(as_signed(inst.type, b)));
    }

    // A condition is turned round where it is made.
    ValueId fold_not(const Inst& inst) {
        const Inst a = inst_of(inst.operands[0]);
        const auto turned = negation(a.opcode);
        if (!turned) return emit(inst);
        const auto [first, second, c, d] = a.operands;
        return turned->swaps ? emit_binary(turned->opcode, Type::kI1, second, first)
                             : emit_binary(turned->opcode, Type::kI1, first, second);
    }

    // Amounts are taken modulo the width.
    ValueId fold_shift(Inst inst, u64 b) {
        const u64 amount = b & (bits_of(inst.type) - 1);
        if (amount == 0) return inst.operands[0];
        if (const ValueId part = fold_up_and_down(inst, amount); part != kNoValue) return part;
        if (amount != b) inst.operands[1] = emit_imm(inst.type, amount);
        return emit(inst);
    }

    // To the left and back, so that a part that has a type is left, is an extension of this part.
    ValueId fold_up_and_down(const Inst& inst, u64 amount) {
        const Inst up = inst_of(inst.operands[0]);
        const bool back = inst.opcode == Opcode::shr || inst.opcode == Opcode::sar;
        if (!back || up.opcode != Opcode::shl || !is_imm(up.operands[1], amount)) return kNoValue;
        for (const Type part : {Type::kI8, Type::kI16, Type::kI32}) {
            if (bits_of(part) + amount != bits_of(inst.type)) continue;
            const ValueId low = emit_unary(Opcode::trunc, part, up.operands[0]);
            return emit_unary(inst.opcode == Opcode::shr ? Opcode::zext : Opcode::sext, inst.type,
                              low);
        }
        return kNoValue;
    }

    ValueId fold_power_of_two(Inst inst, u64 b) {
        if (b == 0 && inst.opcode == Opcode::mul) return inst.operands[1];
        if (!std::has_single_bit(b)) return emit(inst);
        if (b == 1 && inst.opcode != Opcode::rem_u) return inst.operands[0];
        const bool remainder = inst.opcode == Opcode::rem_u;
        inst.opcode = remainder                    ? Opcode::bit_and
                      : inst.opcode == Opcode::mul ? Opcode::shl
                                                   : Opcode::shr;
        inst.operands[1] =
            emit_imm(inst.type, remainder ? b - 1 : static_cast<u64>(std::countr_zero(b)));
        return emit(inst);
    }

    // A condition that was made a number and is compared with 0 or 1 is itself or its opposite.
    ValueId fold_equality(const Inst& inst, u64 b) {
        const Inst& a = inst_of(inst.operands[0]);
        const ValueId condition = a.operands[0];
        if (a.opcode != Opcode::zext || inst_of(condition).type != Type::kI1 || b > 1)
            return emit(inst);
        if ((inst.opcode == Opcode::eq) == (b == 1)) return condition;
        const ValueId yes = emit_imm(Type::kI1, 1);
        Inst opposite = inst;
        opposite.opcode = Opcode::bit_xor;
        opposite.operands = {condition, yes, kNoValue, kNoValue};
        return fold_not(opposite);
    }
};

}  // namespace

std::unique_ptr<ForwardPass> make_fold_constants() { return std::make_unique<FoldConstants>(); }

}  // namespace kiln::ir
