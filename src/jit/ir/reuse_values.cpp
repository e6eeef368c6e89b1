#include "jit/ir/passes.h"

namespace kiln::ir {
namespace {

constexpr OpcodeSet kWanted = OpcodeSet::where([](Opcode opcode) {
    const Effect effect = info_of(opcode).effect;
    return effect == Effect::kPure || effect == Effect::kFlags || opcode == Opcode::call;
});

u64 hash(const Inst& inst) {
    constexpr u64 kMultiplier = 0x9e3779b97f4a7c15;
    u64 mixed = static_cast<u64>(inst.opcode) << 8 | static_cast<u64>(inst.type);
    mixed = mixed * kMultiplier ^ inst.imm;
    mixed = mixed * kMultiplier ^ (u64{inst.operands[0]} << 32 | inst.operands[1]);
    mixed = mixed * kMultiplier ^ inst.operands[2];
    mixed *= kMultiplier;
    return mixed ^ mixed >> 32;
}

bool same_computation(const Inst& a, const Inst& b) {
    return a.opcode == b.opcode && a.type == b.type && a.imm == b.imm && a.operands == b.operands;
}

class ReuseValues final : public ForwardPass {
  public:
    ReuseValues() : ForwardPass(kWanted) {}

    void begin() override {
        last_.fill(kNoValue);
        flags_since_ = 0;
    }

    // A helper may clear the sticky flags: an operation in front of a call does not stand for one
    // behind it.
    ValueId visit(const Inst& inst) override {
        if (inst.opcode == Opcode::call) {
            flags_since_ = next_id();
            return emit(inst);
        }
        const ValueId since = info_of(inst.opcode).effect == Effect::kFlags ? flags_since_ : 0;
        ValueId& last = last_[hash(inst) % kBuckets];
        for (ValueId id = last; id != kNoValue && id >= since; id = before_[id])
            if (same_computation(inst_of(id), inst)) return id;
        const ValueId next = next_id();
        const ValueId made = emit(inst);
        if (made < next) return made;
        if (made >= before_.size()) before_.resize(2 * made + kBuckets);
        before_[made] = last;
        return last = made;
    }

  private:
    static constexpr size_t kBuckets = 128;

    // Values in buckets by what they compute: the last of each, and which one was there before.
    std::array<ValueId, kBuckets> last_;
    std::vector<ValueId> before_;
    ValueId flags_since_ = 0;
};

}  // namespace

std::unique_ptr<ForwardPass> make_reuse_values() { return std::make_unique<ReuseValues>(); }

}  // namespace kiln::ir
