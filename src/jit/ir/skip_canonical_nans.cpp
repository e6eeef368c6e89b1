#include "jit/ir/passes.h"
#include "jit/ir/rewriter.h"

namespace kiln::ir {
namespace {

bool is_never_nan(const Inst& inst) {
    return inst.opcode == Opcode::ffrom_int_s || inst.opcode == Opcode::ffrom_int_u;
}

}  // namespace

// An operation treats all quiet NaNs alike: the same flags, and a NaN result has no particular
// payload.
void skip_canonical_nans(Block& block) {
    Rewriter rewriter(block);
    rewriter.run([&](Inst inst) {
        if (inst.opcode == Opcode::fcanonical) {
            const Inst& source = rewriter[inst.operands[0]];
            if (source.opcode == Opcode::fcanonical || is_never_nan(source))
                return inst.operands[0];
        }
        if (info_of(inst.opcode).effect == Effect::kFlags) {
            for (u8 n = 0; n < inst.arity(); ++n) {
                const Inst& operand = rewriter[inst.operands[n]];
                if (operand.opcode == Opcode::fcanonical &&
                    makes_quiet_nans(rewriter[operand.operands[0]]))
                    inst.operands[n] = operand.operands[0];
            }
        }
        return rewriter.emit(inst);
    });
}

}  // namespace kiln::ir
