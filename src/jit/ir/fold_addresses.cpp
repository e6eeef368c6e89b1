#include "jit/ir/constant_math.h"
#include "jit/ir/passes.h"
#include "jit/ir/rewriter.h"

namespace kiln::ir {
namespace {

// What a host's addressing mode can hold.
bool fits(u64 offset) {
    return static_cast<i64>(offset) == static_cast<i32>(static_cast<u32>(offset));
}

}  // namespace

// Addresses wrap at their type's width, as the sum in a load or store does, so that any constant
// may move.
void fold_addresses(Block& block) {
    Rewriter rewriter(block);
    rewriter.run([&](Inst inst) {
        if (inst.opcode == Opcode::load || inst.opcode == Opcode::store) {
            const Inst& address = rewriter[inst.operands[0]];
            if (address.opcode == Opcode::add && rewriter.is_imm(address.operands[1])) {
                const u64 constant = rewriter[address.operands[1]].imm;
                const u64 offset = inst.imm + static_cast<u64>(as_signed(address.type, constant));
                if (fits(offset)) {
                    inst.operands[0] = address.operands[0];
                    inst.imm = offset;
                }
            }
        }
        return rewriter.emit(inst);
    });
}

}  // namespace kiln::ir
