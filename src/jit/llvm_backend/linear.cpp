#include "jit/llvm_backend/linear.h"

#include <algorithm>
#include <array>

namespace kiln::llvm_backend {

using ir::Inst;
using ir::Opcode;
using ir::Type;

namespace {

constexpr size_t kMostTerms = 3;
constexpr i64 kMostFactor = 256;

Linear constant(u64 value) { return {.terms = {}, .constant = value}; }

bool small(const Linear& sum) {
    return sum.terms.size() <= kMostTerms && std::ranges::all_of(sum.terms, [](const auto& term) {
               return std::abs(term.factor) <= kMostFactor;
           });
}

}  // namespace

void Linear::add(const Linear& other, i64 factor) {
    constant += other.constant * static_cast<u64>(factor);
    for (const Term& term : other.terms) {
        const auto found = std::ranges::lower_bound(terms, term.offset, {}, &Term::offset);
        if (found == terms.end() || found->offset != term.offset) {
            terms.insert(found, {term.offset, term.factor * factor});
        } else {
            found->factor += term.factor * factor;
            if (found->factor == 0) terms.erase(found);
        }
    }
}

LinearValues::LinearValues(const ir::Block& block) : values_(block.insts.size()) {
    std::vector<bool> written(kRegisterSlots);
    const auto sum_of = [&](const Inst& inst, i64 factor) -> std::optional<Linear> {
        const auto& first = values_[inst.operands[0]];
        const auto& second = values_[inst.operands[1]];
        if (!first || !second) return {};
        Linear sum = *first;
        sum.add(*second, factor);
        return sum;
    };
    const auto shifted = [&](const Inst& inst) -> std::optional<Linear> {
        const Inst& by = block.insts[inst.operands[1]];
        const auto& what = values_[inst.operands[0]];
        if (!what || by.opcode != Opcode::imm || by.imm > 8) return {};
        Linear product;
        product.add(*what, i64{1} << by.imm);
        return product;
    };
    const auto value_of = [&](const Inst& inst) -> std::optional<Linear> {
        if (inst.type != Type::kI64) return {};
        switch (inst.opcode) {
            case Opcode::imm:
                return constant(inst.imm);
            case Opcode::get:
                if (inst.imm % 8 != 0 || inst.imm >= sizeof(CpuState::regs) ||
                    written[inst.imm / 8])
                    return {};
                return Linear{.terms = {{inst.imm, 1}}, .constant = 0};
            case Opcode::add:
                return sum_of(inst, 1);
            case Opcode::sub:
                return sum_of(inst, -1);
            case Opcode::shl:
                return shifted(inst);
            default:
                return {};
        }
    };
    for (ir::ValueId id = 0; id < block.insts.size(); ++id) {
        const Inst& inst = block.insts[id];
        if (inst.opcode == Opcode::set && inst.imm < sizeof(CpuState::regs))
            written[inst.imm / 8] = true;
        if (inst.opcode == Opcode::call) written.assign(written.size(), true);
        std::optional<Linear> value = value_of(inst);
        if (value && small(*value)) values_[id] = std::move(value);
    }
}

}  // namespace kiln::llvm_backend
