#include "jit/ir/known_bits.h"
#include "jit/ir/passes.h"
#include "jit/ir/rewriter.h"

namespace kiln::ir {
namespace {

class Remover {
  public:
    explicit Remover(Block& block) : rewriter_(block) { known_.reserve(block.insts.size()); }

    void run() {
        rewriter_.run([&](const Inst& inst) {
            const ValueId id = visit(inst);
            while (known_.size() < rewriter_.next_id())
                known_.push_back(know(rewriter_[static_cast<ValueId>(known_.size())]));
            return replace_constant(id);
        });
    }

  private:
    ValueId visit(const Inst& inst) {
        switch (inst.opcode) {
            case Opcode::sext:
                return sext(inst);
            case Opcode::zext:
                return zext(inst);
            case Opcode::trunc:
                return trunc(inst.type, inst.operands[0]);
            case Opcode::bit_and:
                return mask(inst);
            case Opcode::bit_or:
                return set_bits(inst);
            case Opcode::select:
                return select(inst);
            case Opcode::eq:
            case Opcode::ne:
            case Opcode::lt_u:
            case Opcode::le_u:
                return compare(inst);
            default:
                return rewriter_.emit(inst);
        }
    }

    ValueId sext(const Inst& inst) {
        const Inst a = rewriter_[inst.operands[0]];
        if (a.opcode == Opcode::trunc) {
            const ValueId whole = a.operands[0];
            const unsigned dropped = bits_of(inst.type) - bits_of(a.type);
            if (rewriter_[whole].type == inst.type && known_[whole].signs > dropped) return whole;
        }
        // What is extended twice is extended once.
        if (a.opcode == Opcode::sext || a.opcode == Opcode::zext)
            return rewriter_.emit_unary(a.opcode, inst.type, a.operands[0]);
        // Of a number that is not negative.
        const u64 sign = mask_of(a.type) & ~(mask_of(a.type) >> 1);
        if ((known_[inst.operands[0]].zeros & sign) != 0)
            return zext({.opcode = Opcode::zext,
                         .type = inst.type,
                         .point = inst.point,
                         .operands = inst.operands});
        return rewriter_.emit(inst);
    }
    ValueId zext(const Inst& inst) {
        const Inst a = rewriter_[inst.operands[0]];
        if (a.opcode == Opcode::trunc) {
            const ValueId whole = a.operands[0];
            const u64 dropped = mask_of(inst.type) & ~mask_of(a.type);
            if (rewriter_[whole].type == inst.type && (known_[whole].zeros & dropped) == dropped)
                return whole;
        }
        if (a.opcode == Opcode::zext)
            return rewriter_.emit_unary(Opcode::zext, inst.type, a.operands[0]);
        return rewriter_.emit(inst);
    }

    // The low part of what `id` is made from, without making it.
    ValueId trunc(Type type, ValueId id) {
        id = skip_high_bits(type, id);
        const Inst a = rewriter_[id];
        if (a.opcode == Opcode::trunc)
            return rewriter_.emit_unary(Opcode::trunc, type, a.operands[0]);
        if (a.opcode == Opcode::zext || a.opcode == Opcode::sext) {
            const ValueId source = a.operands[0];
            const unsigned bits = bits_of(rewriter_[source].type);
            if (bits == bits_of(type)) return source;
            const Opcode opcode = bits > bits_of(type) ? Opcode::trunc : a.opcode;
            return rewriter_.emit_unary(opcode, type, source);
        }
        return rewriter_.emit_unary(Opcode::trunc, type, id);
    }
    // A constant that is joined to a value and has no effect on its low bits, as a NaN box.
    ValueId skip_high_bits(Type type, ValueId id) const {
        const Inst& a = rewriter_[id];
        const bool keeps_zeros =
            a.opcode == Opcode::bit_or || a.opcode == Opcode::bit_xor || a.opcode == Opcode::add;
        if ((!keeps_zeros && a.opcode != Opcode::bit_and) || !rewriter_.is_imm(a.operands[1]))
            return id;
        const u64 low = rewriter_[a.operands[1]].imm & mask_of(type);
        return low == (keeps_zeros ? 0 : mask_of(type)) ? a.operands[0] : id;
    }

    ValueId mask(const Inst& inst) {
        const auto [a, b, c, d] = inst.operands;
        if (rewriter_.is_imm(b) && (known_[a].most(inst.type) & ~rewriter_[b].imm) == 0) return a;
        return rewriter_.emit(inst);
    }
    ValueId set_bits(const Inst& inst) {
        const auto [a, b, c, d] = inst.operands;
        if (rewriter_.is_imm(b) && (rewriter_[b].imm & ~known_[a].ones) == 0) return a;
        return rewriter_.emit(inst);
    }
    ValueId select(const Inst& inst) {
        const auto [condition, a, b, d] = inst.operands;
        if (!rewriter_.is_imm(condition)) return rewriter_.emit(inst);
        return rewriter_[condition].imm != 0 ? a : b;
    }

    ValueId compare(const Inst& inst) {
        const Type type = rewriter_[inst.operands[0]].type;
        const KnownBits& a = known_[inst.operands[0]];
        const KnownBits& b = known_[inst.operands[1]];
        const auto outcome = outcome_of(inst.opcode, type, a, b);
        return outcome ? rewriter_.emit_imm(Type::kI1, *outcome) : rewriter_.emit(inst);
    }
    static std::optional<bool> outcome_of(Opcode opcode, Type type, const KnownBits& a,
                                          const KnownBits& b) {
        switch (opcode) {
            case Opcode::lt_u:
                if (a.most(type) < b.least()) return true;
                if (a.least() >= b.most(type)) return false;
                return std::nullopt;
            case Opcode::le_u:
                if (a.most(type) <= b.least()) return true;
                if (a.least() > b.most(type)) return false;
                return std::nullopt;
            default:
                if (((a.ones & b.zeros) | (a.zeros & b.ones)) == 0) return std::nullopt;
                return opcode == Opcode::ne;
        }
    }

    // A value all of whose bits are known.
    ValueId replace_constant(ValueId id) {
        if (id == kNoValue) return id;
        const Inst& inst = rewriter_[id];
        const bool number = is_int(inst.type) || inst.type == Type::kI1;
        if (!number || inst.opcode == Opcode::imm || !known_[id].is_constant(inst.type)) return id;
        const u64 value = known_[id].ones;
        const Type type = inst.type;
        known_.push_back(KnownBits::constant(type, value));
        return rewriter_.emit_imm(type, value);
    }

    KnownBits know(const Inst& inst) const {
        const auto [a, b, c, d] = inst.operands;
        switch (inst.opcode) {
            case Opcode::imm:
                return KnownBits::constant(inst.type, inst.imm);
            case Opcode::zext:
            case Opcode::sext:
            case Opcode::trunc:
                return convert_known(inst.opcode, inst.type, rewriter_[a].type, known_[a]);
            case Opcode::bit_and:
            case Opcode::bit_or:
            case Opcode::bit_xor:
                return combine_known(inst.opcode, inst.type, known_[a], known_[b]);
            case Opcode::select:
                if (!is_int(inst.type)) return {};
                return combine_known(inst.opcode, inst.type, known_[b], known_[c]);
            case Opcode::shl:
            case Opcode::shr:
            case Opcode::sar: {
                if (!rewriter_.is_imm(b)) return {};
                const u64 amount = rewriter_[b].imm & (bits_of(inst.type) - 1);
                return shift_known(inst.opcode, inst.type, known_[a],
                                   static_cast<unsigned>(amount));
            }
            case Opcode::clz:
            case Opcode::ctz:
            case Opcode::popcount:
                return KnownBits::settle(inst.type, ~u64{2 * bits_of(inst.type) - 1}, 0);
            default:
                return {};
        }
    }

    Rewriter rewriter_;
    std::vector<KnownBits> known_;  // by value of the new block
};

}  // namespace

void remove_redundant_extensions(Block& block) { Remover(block).run(); }

}  // namespace kiln::ir
