#include "jit/ir/known_bits.h"
#include "jit/ir/passes.h"

namespace kiln::ir {
namespace {

// Operations whose result tells something of its bits, constants aside.
constexpr OpcodeSet kTelling = {Opcode::zext,    Opcode::sext,    Opcode::trunc,  Opcode::bit_and,
                                Opcode::bit_or,  Opcode::bit_xor, Opcode::select, Opcode::shl,
                                Opcode::shr,     Opcode::sar,     Opcode::clz,    Opcode::ctz,
                                Opcode::popcount};
constexpr OpcodeSet kWanted = OpcodeSet::where([](Opcode opcode) {
    return kTelling[opcode] || opcode == Opcode::eq || opcode == Opcode::ne ||
           opcode == Opcode::lt_u || opcode == Opcode::le_u;
});

class RemoveRedundantExtensions final : public ForwardPass {
  public:
    RemoveRedundantExtensions() : ForwardPass(kWanted) {}

    void begin() override { known_.clear(); }

    ValueId visit(const Inst& inst) override {
        const ValueId id = simplify(inst);
        const Inst& made = inst_of(id);
        const bool number = is_int(made.type) || made.type == Type::kI1;
        if (!number || !kTelling[made.opcode]) return id;
        const KnownBits bits = known(id);
        return bits.is_constant(made.type) ? emit_imm(made.type, bits.ones) : id;
    }

  private:
    ValueId simplify(const Inst& inst) {
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
                return emit(inst);
        }
    }

    ValueId sext(const Inst& inst) {
        const Inst a = inst_of(inst.operands[0]);
        if (a.opcode == Opcode::trunc) {
            const ValueId whole = a.operands[0];
            const unsigned dropped = bits_of(inst.type) - bits_of(a.type);
            if (inst_of(whole).type == inst.type && known(whole).signs > dropped) return whole;
        }
        // What is extended twice is extended once.
        if (a.opcode == Opcode::sext || a.opcode == Opcode::zext)
            return emit_unary(a.opcode, inst.type, a.operands[0]);
        // Of a number that is not negative.
        const u64 sign = mask_of(a.type) & ~(mask_of(a.type) >> 1);
        if ((known(inst.operands[0]).zeros & sign) != 0)
            return zext({.opcode = Opcode::zext,
                         .type = inst.type,
                         .point = inst.point,
                         .operands = inst.operands});
        return emit(inst);
    }
    ValueId zext(const Inst& inst) {
        const Inst a = inst_of(inst.operands[0]);
        if (a.opcode == Opcode::trunc) {
            const ValueId whole = a.operands[0];
            const u64 dropped = mask_of(inst.type) & ~mask_of(a.type);
            if (inst_of(whole).type == inst.type && (known(whole).zeros & dropped) == dropped)
                return whole;
        }
        if (a.opcode == Opcode::zext) return emit_unary(Opcode::zext, inst.type, a.operands[0]);
        return emit(inst);
    }

    // The low part of what `id` is made from, without making it.
    ValueId trunc(Type type, ValueId id) {
        id = skip_high_bits(type, id);
        const Inst a = inst_of(id);
        if (a.opcode == Opcode::trunc) return emit_unary(Opcode::trunc, type, a.operands[0]);
        if (a.opcode == Opcode::zext || a.opcode == Opcode::sext) {
            const ValueId source = a.operands[0];
            const unsigned bits = bits_of(inst_of(source).type);
            if (bits == bits_of(type)) return source;
            const Opcode opcode = bits > bits_of(type) ? Opcode::trunc : a.opcode;
            return emit_unary(opcode, type, source);
        }
        return emit_unary(Opcode::trunc, type, id);
    }
    // A constant that is joined to a value and has no effect on its low bits, as a NaN box.
    ValueId skip_high_bits(Type type, ValueId id) const {
        const Inst& a = inst_of(id);
        const bool keeps_zeros =
            a.opcode == Opcode::bit_or || a.opcode == Opcode::bit_xor || a.opcode == Opcode::add;
        if ((!keeps_zeros && a.opcode != Opcode::bit_and) || !is_imm(a.operands[1])) return id;
        const u64 low = imm_of(a.operands[1]) & mask_of(type);
        return low == (keeps_zeros ? 0 : mask_of(type)) ? a.operands[0] : id;
    }

    ValueId mask(const Inst& inst) {
        const auto [a, b, c, d] = inst.operands;
        if (is_imm(b) && (known(a).most(inst.type) & ~imm_of(b)) == 0) return a;
        return emit(inst);
    }
    ValueId set_bits(const Inst& inst) {
        const auto [a, b, c, d] = inst.operands;
        if (is_imm(b) && (imm_of(b) & ~known(a).ones) == 0) return a;
        return emit(inst);
    }
    ValueId select(const Inst& inst) {
        const auto [condition, a, b, d] = inst.operands;
        if (!is_imm(condition)) return emit(inst);
        return imm_of(condition) != 0 ? a : b;
    }

    ValueId compare(const Inst& inst) {
        const Type type = inst_of(inst.operands[0]).type;
        const KnownBits a = known(inst.operands[0]);
        const KnownBits b = known(inst.operands[1]);
        const auto outcome = outcome_of(inst.opcode, type, a, b);
        return outcome ? emit_imm(Type::kI1, *outcome) : emit(inst);
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

    // Worked out when it is asked for.
    KnownBits known(ValueId id) {
        const Inst& inst = inst_of(id);
        if (inst.opcode == Opcode::imm) return KnownBits::constant(inst.type, inst.imm);
        if (!kTelling[inst.opcode]) return {};
        if (id >= known_.size()) known_.resize(id + 1);
        if (!known_[id].valid) {
            const KnownBits bits = know(inst);
            known_[id] = {bits, true};
        }
        return known_[id].bits;
    }

    KnownBits know(const Inst& inst) {
        const auto [a, b, c, d] = inst.operands;
        switch (inst.opcode) {
            case Opcode::zext:
            case Opcode::sext:
            case Opcode::trunc:
                return convert_known(inst.opcode, inst.type, inst_of(a).type, known(a));
            case Opcode::bit_and:
            case Opcode::bit_or:
            case Opcode::bit_xor:
                return combine_known(inst.opcode, inst.type, known(a), known(b));
            case Opcode::select:
                if (!is_int(inst.type)) return {};
                return combine_known(inst.opcode, inst.type, known(b), known(c));
            case Opcode::shl:
            case Opcode::shr:
            case Opcode::sar: {
                if (!is_imm(b)) return {};
                const u64 amount = imm_of(b) & (bits_of(inst.type) - 1);
                return shift_known(inst.opcode, inst.type, known(a), static_cast<unsigned>(amount));
            }
            case Opcode::clz:
            case Opcode::ctz:
            case Opcode::popcount:
                return KnownBits::settle(inst.type, ~u64{2 * bits_of(inst.type) - 1}, 0);
            default:
                return {};
        }
    }

    struct Memo {
        KnownBits bits;
        bool valid = false;
    };
    std::vector<Memo> known_;  // by value of the new block
};

}  // namespace

std::unique_ptr<ForwardPass> make_remove_redundant_extensions() {
    return std::make_unique<RemoveRedundantExtensions>();
}

}  // namespace kiln::ir
