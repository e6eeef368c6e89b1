#include "cpu/riscv/disassemble.h"

#include <fmt/format.h>

#include "cpu/riscv/csr.h"
#include "cpu/riscv/register_names.h"

namespace kiln::riscv {
namespace {

std::string fence_set(u32 set) {
    std::string text;
    for (unsigned i = 0; i < 4; ++i)
        if ((set >> (3 - i) & 1) != 0) text += "iorw"[i];
    return text.empty() ? "0" : text;
}

std::string csr_text(u32 number) {
    const std::string name = csr_name(number);
    return name.empty() ? fmt::format("{:#x}", number) : name;
}

class Printer {
  public:
    Printer(const Insn& insn, u32 bits, u64 pc, const Isa& isa)
        : info_(insn_info(insn.id)), operands_(insn.operands), bits_(bits), pc_(pc), isa_(isa) {
        if (operands_.rd == kNoRd) operands_.rd = 0;
    }

    std::string print() {
        std::string text(info_.mnemonic);
        if (info_.order.width != 0) text += kOrderSuffixes[bits_ >> info_.order.shift & 3];
        std::string_view syntax = info_.form.syntax;
        if (syntax.ends_with(",m") && rounding() == 7) syntax.remove_suffix(2);
        if (!syntax.empty()) text += ' ';
        for (char letter : syntax) text += operand(letter);
        return text;
    }

  private:
    u32 rounding() const { return bits_ >> info_.rm.shift & 7; }
    u64 target() const {
        const u64 address = pc_ + static_cast<u64>(i64{operands_.imm});
        return isa_.xlen == 32 ? static_cast<u32>(address) : address;
    }

    std::string operand(char letter) const {
        const u32 imm = static_cast<u32>(operands_.imm);
        switch (letter) {
            case 'd':
                return std::string(kXNames[operands_.rd]);
            case 's':
                return std::string(kXNames[operands_.rs1]);
            case 't':
                return std::string(kXNames[operands_.rs2]);
            case 'D':
                return std::string(kFNames[operands_.rd]);
            case 'S':
                return std::string(kFNames[operands_.rs1]);
            case 'T':
                return std::string(kFNames[operands_.rs2]);
            case 'R':
                return std::string(kFNames[operands_.rs3()]);
            case 'i':
                return fmt::format("{}", operands_.imm);
            case 'u':
                return fmt::format("{:#x}", imm >> 12);
            case 'p':
                return fmt::format("{:#x}", target());
            case 'c':
                return csr_text(imm);
            case 'z':
                return fmt::format("{}", operands_.rs1);
            case 'm':
                return std::string(kRoundingNames[rounding()]);
            case 'f':
                return fence_set(imm >> 4) + ',' + fence_set(imm & 15);
            default:
                return std::string(1, letter);
        }
    }

    const InsnInfo& info_;
    Operands operands_;
    u32 bits_;
    u64 pc_;
    const Isa& isa_;
};

}  // namespace

std::string disassemble(u32 bits, u64 pc, const Isa& isa) {
    const Insn insn = decode(bits, isa, {});
    if (insn.id == InsnId::illegal) {
        return insn.length == 4 ? fmt::format(".4byte 0x{:08x}", bits)
                                : fmt::format(".2byte 0x{:04x}", bits & 0xffff);
    }
    return Printer(insn, bits, pc, isa).print();
}

}  // namespace kiln::riscv
