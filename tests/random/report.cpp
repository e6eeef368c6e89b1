#include "report.h"

#include <fmt/format.h>
#include <set>

#include "cpu/riscv/disassemble.h"
#include "cpu/riscv/register_names.h"

namespace kiln::random_test {
namespace {

constexpr size_t kMostDifferences = 8;
constexpr u32 kDynamic = 7;

using riscv::InsnId;

std::string value_text(const Value& value) {
    switch (value.base) {
        case Base::kWindow:
            return fmt::format("{:#x} (window)", WINDOW + value.offset);
        case Base::kCode:
            return fmt::format("code + {:#x}", value.offset);
        case Base::kNone:
            break;
    }
    return fmt::format("{:#x}", value.offset);
}

// Registers that the instruction names, as a set of "name=value" texts.
void add_registers(const Instruction& insn, const Sequence& sequence, const riscv::Isa& isa,
                   std::set<std::string>& texts) {
    const riscv::Insn decoded = decode(insn.bits, isa, {});
    auto x = [&](u8 reg) {
        if (reg < 32)
            texts.insert(fmt::format("{}={}", riscv::kXNames[reg], value_text(sequence.x[reg])));
    };
    auto f = [&](u8 reg) {
        texts.insert(fmt::format("{}={:#x}", riscv::kFNames[reg], sequence.f[reg]));
    };
    for (char letter : insn_info(decoded.id).form.syntax) {
        switch (letter) {
            case 'd':
                x(decoded.operands.rd);
                break;
            case 's':
                x(decoded.operands.rs1);
                break;
            case 't':
                x(decoded.operands.rs2);
                break;
            case 'D':
                f(decoded.operands.rd);
                break;
            case 'S':
                f(decoded.operands.rs1);
                break;
            case 'T':
                f(decoded.operands.rs2);
                break;
            case 'R':
                f(decoded.operands.rs3());
                break;
            default:
                break;
        }
    }
}

}  // namespace

std::string describe(const Finding& finding, const riscv::Isa& isa) {
    std::string text = fmt::format("sequence {}:\n", finding.index);
    std::set<std::string> registers;
    u64 pc = finding.code;
    for (const Instruction& insn : finding.sequence.code) {
        if (is_active(insn)) {
            text += fmt::format("    {:#x}: {:0{}x}  {}\n", pc, insn.bits, 2 * insn.length,
                                riscv::disassemble(insn.bits, pc, isa));
            add_registers(insn, finding.sequence, isa, registers);
        }
        pc += insn.length;
    }
    text += fmt::format("  from fcsr={:#x} FS={}", finding.sequence.fcsr, finding.sequence.fs);
    for (const std::string& reg : registers) text += " " + reg;
    text += '\n';
    size_t shown = 0;
    for (const Difference& difference : finding.differences) {
        if (++shown > kMostDifferences) break;
        text += fmt::format("  {}: kiln {:#x}, qemu {:#x}\n", difference.field, difference.kiln,
                            difference.qemu);
    }
    return text;
}

std::string mnemonics(const Finding& finding) {
    std::string text;
    for (const Instruction& insn : finding.sequence.code) {
        if (!is_active(insn)) continue;
        if (!text.empty()) text += ' ';
        text += insn_info(insn.id).mnemonic;
    }
    return text;
}

void Totals::add(const Sequence& sequence) {
    ++sequences_;
    for (const Instruction& insn : sequence.code) {
        ++instructions_;
        if (insn.id == InsnId::illegal) {
            ++reserved_;
            continue;
        }
        ++groups_[static_cast<size_t>(group_of(insn.id))];
        const riscv::InsnInfo& info = insn_info(insn.id);
        if (info.rm.width == 0) continue;
        u32 rm = insn.bits >> info.rm.shift & 7;
        if (rm == kDynamic) rm = sequence.fcsr >> 5;
        if (rm < roundings_.size()) ++roundings_[rm];
    }
}

std::string Totals::text() const {
    std::string text = fmt::format("{}: {} sequences, {} instructions:", isa_.to_string(),
                                   sequences_, instructions_);
    for (size_t i = 0; i < kGroups; ++i)
        if (groups_[i] != 0)
            text += fmt::format(" {} {},", group_name(static_cast<Group>(i)), groups_[i]);
    text += fmt::format(" reserved {}; rounding:", reserved_);
    for (size_t i = 0; i < roundings_.size(); ++i)
        text += fmt::format(" {} {}", riscv::kRoundingNames[i], roundings_[i]);
    return text;
}

}  // namespace kiln::random_test
