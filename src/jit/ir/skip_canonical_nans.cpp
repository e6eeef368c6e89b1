#include "jit/ir/passes.h"

namespace kiln::ir {
namespace {

bool is_never_nan(const Inst& inst) {
    return inst.opcode == Opcode::ffrom_int_s || inst.opcode == Opcode::ffrom_int_u;
}

constexpr OpcodeSet kWanted = OpcodeSet::where([](Opcode opcode) {
    return opcode == Opcode::fcanonical || info_of(opcode).effect == Effect::kFlags;
});

// An operation treats all quiet NaNs alike: the same flags, and a NaN result has no particular
// payload.
class SkipCanonicalNans final : public ForwardPass {
  public:
    SkipCanonicalNans() : ForwardPass(kWanted) {}

    ValueId visit(const Inst& inst) override {
        if (inst.opcode == Opcode::fcanonical) {
            const Inst& source = inst_of(inst.operands[0]);
            const bool already = source.opcode == Opcode::fcanonical || is_never_nan(source);
            return already ? inst.operands[0] : emit(inst);
        }
        Inst skipping = inst;
        for (u8 n = 0; n < inst.arity(); ++n) {
            const Inst& operand = inst_of(inst.operands[n]);
            if (operand.opcode == Opcode::fcanonical &&
                makes_quiet_nans(inst_of(operand.operands[0])))
                skipping.operands[n] = operand.operands[0];
        }
        return emit(skipping);
    }
};

}  // namespace

std::unique_ptr<ForwardPass> make_skip_canonical_nans() {
    return std::make_unique<SkipCanonicalNans>();
}

}  // namespace kiln::ir
