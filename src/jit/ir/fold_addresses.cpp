#include "jit/ir/constant_math.h"
#include "jit/ir/passes.h"

namespace kiln::ir {
namespace {

// What a host's addressing mode can hold.
bool fits(u64 offset) {
    return static_cast<i64>(offset) == static_cast<i32>(static_cast<u32>(offset));
}

// Addresses wrap at their type's width, as the sum in a load or store does, so that any constant
// may move.
class FoldAddresses final : public ForwardPass {
  public:
    FoldAddresses() : ForwardPass({Opcode::load, Opcode::store}) {}

    ValueId visit(const Inst& inst) override {
        const Inst& address = inst_of(inst.operands[0]);
        if (address.opcode != Opcode::add || !is_imm(address.operands[1])) return emit(inst);
        const u64 constant = imm_of(address.operands[1]);
        const u64 offset = inst.imm + static_cast<u64>(as_signed(address.type, constant));
        if (!fits(offset)) return emit(inst);
        Inst folded = inst;
        folded.operands[0] = address.operands[0];
        folded.imm = offset;
        return emit(folded);
    }
};

}  // namespace

std::unique_ptr<ForwardPass> make_fold_addresses() { return std::make_unique<FoldAddresses>(); }

}  // namespace kiln::ir
