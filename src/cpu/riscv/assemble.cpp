#include "cpu/riscv/assemble.h"

#include <algorithm>
#include <fmt/format.h>

#include "cpu/riscv/csr.h"
#include "cpu/riscv/register_names.h"
#include "support/parse_int.h"

namespace kiln::riscv {
namespace {

// What is wrong with the text; never leaves this file.
struct Wrong {
    std::string reason;
};
template <class... Args>
[[noreturn]] void wrong(fmt::format_string<Args...> format, Args&&... args) {
    throw Wrong{fmt::format(format, std::forward<Args>(args)...)};
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

i64 number(std::string_view text) {
    const auto value = parse_int(text);
    if (!value) wrong("'{}' is not a number", text);
    return *value;
}

template <class Find>
u8 reg(std::string_view name, Find find) {
    const auto found = find(name);
    if (!found) wrong("'{}' is not a register of the right kind", name);
    return *found;
}

i32 csr(std::string_view name) {
    const int known = csr_number(name);
    const i64 value = known >= 0 ? known : number(name);
    if (value < 0 || value > 0xfff) wrong("CSR {} is not in 0..0xfff", name);
    return static_cast<i32>(value);
}

u32 fence_set(std::string_view text) {
    u32 set = 0;
    if (text == "0") return set;
    for (char c : text) {
        const size_t at = std::string_view("iorw").find(c);
        if (at == std::string_view::npos) wrong("'{}' is not a set of i, o, r and w", text);
        set |= 8u >> at;
    }
    return set;
}

u32 rounding(std::string_view name) {
    const auto found = std::find(kRoundingNames.begin(), kRoundingNames.end(), name);
    if (name.empty() || found == kRoundingNames.end()) wrong("'{}' is not a rounding mode", name);
    return static_cast<u32>(found - kRoundingNames.begin());
}

// Reads the operands of one row.
class Parser {
  public:
    Parser(const InsnInfo& info, std::string_view text, const Isa& isa, u64 pc)
        : info_(info), text_(text), isa_(isa), pc_(pc) {}

    Operands parse() {
        if (info_.rm.width != 0) o_.imm = 7 << 8;
        std::string_view syntax = info_.form.syntax;
        for (size_t i = 0; i < syntax.size(); ++i) {
            if (syntax.substr(i) == ",m" && trim(text_).empty()) return o_;
            if (std::isalpha(static_cast<unsigned char>(syntax[i])) != 0) {
                operand(syntax[i], take_word());
            } else {
                expect(syntax[i]);
            }
        }
        if (!trim(text_).empty()) wrong("'{}' is too much", trim(text_));
        return o_;
    }

  private:
    void expect(char c) {
        text_ = trim(text_);
        if (text_.empty() || text_.front() != c) wrong("'{}' expected before '{}'", c, text_);
        text_.remove_prefix(1);
    }
    std::string_view take_word() {
        text_ = trim(text_);
        const size_t end = std::min(text_.find_first_of(",()"), text_.size());
        const std::string_view word = trim(text_.substr(0, end));
        if (word.empty()) wrong("an operand is missing");
        text_.remove_prefix(end);
        return word;
    }

    i32 immediate(std::string_view word) {
        const i64 value = number(word);
        if (value != static_cast<i32>(value)) wrong("immediate {} does not fit", word);
        return static_cast<i32>(value);
    }
    i32 upper(std::string_view word) {
        const i64 value = number(word);
        if (value < -0x80000 || value > 0xfffff) wrong("{} has more than 20 bits", word);
        return static_cast<i32>(static_cast<u32>(value) << 12);
    }
    i32 target(std::string_view word) {
        i64 distance;
        if (word.front() == '.') {
            const std::string_view rest = trim(word.substr(1));
            distance = rest.empty() ? 0 : number(rest);
        } else {
            distance = static_cast<i64>(static_cast<u64>(number(word)) - pc_);
            if (isa_.xlen == 32) distance = static_cast<i32>(distance);
        }
        if (distance != static_cast<i32>(distance)) wrong("target {} is too far", word);
        return static_cast<i32>(distance);
    }
    i32 fence(std::string_view predecessors) {
        expect(',');
        const u32 before = fence_set(predecessors);
        return static_cast<i32>(before << 4 | fence_set(take_word()));
    }
    u8 small_immediate(std::string_view word) {
        const i64 value = number(word);
        if (value < 0 || value > 31) wrong("{} is not in 0..31", word);
        return static_cast<u8>(value);
    }

    void operand(char letter, std::string_view word) {
        switch (letter) {
            case 'd':
                o_.rd = reg(word, x_register);
                break;
            case 's':
                o_.rs1 = reg(word, x_register);
                break;
            case 't':
                o_.rs2 = reg(word, x_register);
                break;
            case 'D':
                o_.rd = reg(word, f_register);
                break;
            case 'S':
                o_.rs1 = reg(word, f_register);
                break;
            case 'T':
                o_.rs2 = reg(word, f_register);
                break;
            case 'R':
                o_.imm |= reg(word, f_register);
                break;
            case 'i':
                o_.imm = immediate(word);
                break;
            case 'u':
                o_.imm = upper(word);
                break;
            case 'p':
                o_.imm = target(word);
                break;
            case 'c':
                o_.imm = csr(word);
                break;
            case 'z':
                o_.rs1 = small_immediate(word);
                break;
            case 'm':
                o_.imm = (o_.imm & 0xff) | static_cast<i32>(rounding(word)) << 8;
                break;
            case 'f':
                o_.imm = fence(word);
                break;
            default:
                wrong("operands are not understood");
        }
    }

    const InsnInfo& info_;
    std::string_view text_;
    const Isa& isa_;
    u64 pc_;
    Operands o_;
};

// The encoding of a row, which must mean what was asked for: what does not survive decoding did
// not fit.
u32 encode_exactly(InsnId id, const Operands& asked, u32 order, const Isa& isa) {
    const InsnInfo& info = insn_info(id);
    const u32 bits = encode(id, asked) | order << info.order.shift;
    const Insn insn = decode(bits, isa, {});
    if (insn_info(insn.id).mnemonic != info.mnemonic) {
        wrong("{} with these operands is {}", info.mnemonic,
              insn.id == InsnId::illegal ? "reserved or not in the ISA"
                                         : insn_info(insn.id).mnemonic);
    }
    const Operands& got = insn.operands;
    const bool dynamic = asked.rm() == static_cast<Rounding>(7);
    auto differ = [&](char letter) {
        switch (letter) {
            case 'd':
                return got.rd != (asked.rd == 0 ? kNoRd : asked.rd);
            case 'D':
                return got.rd != asked.rd;
            case 's':
            case 'S':
                return got.rs1 != asked.rs1;
            case 't':
            case 'T':
                return got.rs2 != asked.rs2;
            case 'i':
            case 'u':
            case 'p':
                return got.imm != asked.imm;
            case 'm':
                return !dynamic && got.rm() != asked.rm();
            default:
                return false;
        }
    };
    for (char letter : info.form.syntax) {
        if (!differ(letter)) continue;
        wrong("an {} does not fit",
              letter == 'i' || letter == 'u' || letter == 'p' ? "immediate" : "operand");
    }
    return bits;
}

// Cuts .aq, .rl or .aqrl off a mnemonic and returns the bits.
u32 take_order(std::string_view& mnemonic) {
    for (u32 order = 3; order != 0; --order) {
        if (!mnemonic.ends_with(kOrderSuffixes[order])) continue;
        mnemonic.remove_suffix(kOrderSuffixes[order].size());
        return order;
    }
    return 0;
}

std::optional<Assembled> raw_data(std::string_view mnemonic, std::string_view rest) {
    const bool is_long = mnemonic == ".4byte" || mnemonic == ".word";
    if (!is_long && mnemonic != ".2byte" && mnemonic != ".half") return std::nullopt;
    const i64 value = number(trim(rest));
    if (value < 0 || value > (is_long ? 0xffffffff : 0xffff)) wrong("{} is too large", trim(rest));
    return Assembled{static_cast<u32>(value), static_cast<u8>(is_long ? 4 : 2)};
}

bool in_width(const InsnInfo& info, const Isa& isa) {
    return info.xlen == Width::kBoth || (info.xlen == Width::kRv32) == (isa.xlen == 32);
}

Assembled assemble_line(std::string_view line, const Isa& isa, u64 pc) {
    line = trim(line);
    const size_t end = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view mnemonic = line.substr(0, end);
    const std::string_view rest = line.substr(end);
    if (const auto data = raw_data(mnemonic, rest)) return *data;
    std::string_view plain = mnemonic;
    const u32 order = take_order(plain);
    for (size_t i = 0; i < kInsnCount; ++i) {
        const auto id = static_cast<InsnId>(i);
        const InsnInfo& info = insn_info(id);
        if (info.length == 0 || !in_width(info, isa)) continue;
        const bool named =
            info.order.width != 0 ? info.mnemonic == plain : info.mnemonic == mnemonic;
        if (!named) continue;
        const Operands operands = Parser(info, rest, isa, pc).parse();
        return {encode_exactly(id, operands, order, isa), info.length};
    }
    wrong("'{}' is not an instruction of rv{}", mnemonic, isa.xlen);
}

}  // namespace

std::optional<Assembled> assemble(std::string_view line, const Isa& isa, u64 pc,
                                  std::string& error) {
    try {
        return assemble_line(line, isa, pc);
    } catch (const Wrong& what) {
        error = fmt::format("'{}': {}", trim(line), what.reason);
        return std::nullopt;
    }
}

}  // namespace kiln::riscv
