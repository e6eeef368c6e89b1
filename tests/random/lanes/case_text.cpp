#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sstream>
#include <stdexcept>

#include "cpu/riscv/disassemble.h"
#include "random/lanes/case.h"

namespace kiln::random_test {
namespace {

constexpr std::string_view kWindowName = "window+", kCodeName = "code+";

std::string value_text(const Value& value) {
    const std::string_view base = value.base == Base::kWindow ? kWindowName
                                  : value.base == Base::kCode ? kCodeName
                                                              : "";
    return fmt::format("{}{:#x}", base, value.offset);
}

// A line's words, taken one by one.
class Words {
  public:
    explicit Words(const std::string& line) : stream_(line) {}

    std::string next() {
        std::string word;
        if (!(stream_ >> word)) throw std::runtime_error("a word is missing");
        return word;
    }
    u64 number() { return number(~u64{0}); }
    u64 number(u64 most) { return parse(next(), most); }
    Value value() {
        const std::string word = next();
        if (word.starts_with(kWindowName))
            return {Base::kWindow, parse(word.substr(kWindowName.size()), ~u64{0})};
        if (word.starts_with(kCodeName))
            return {Base::kCode, parse(word.substr(kCodeName.size()), ~u64{0})};
        return {Base::kNone, parse(word, ~u64{0})};
    }

  private:
    static u64 parse(const std::string& word, u64 most) {
        const bool hexadecimal = word.starts_with("0x");
        const char* begin = word.data() + (hexadecimal ? 2 : 0);
        const char* end = word.data() + word.size();
        u64 value = 0;
        const auto parsed = std::from_chars(begin, end, value, hexadecimal ? 16 : 10);
        if (parsed.ec != std::errc{} || parsed.ptr != end || value > most)
            throw std::runtime_error("not a number that fits: " + word);
        return value;
    }

    std::istringstream stream_;
};

Instruction read_instruction(Words& words, const riscv::Isa& isa) {
    const auto bits = static_cast<u32>(words.number(~u32{0}));
    const u8 length = riscv::is_long_encoding(bits) ? 4 : 2;
    return {bits, length, bits, decode(bits, isa, {}).id};
}

template <class T>
void read_register(Words& words, std::array<T, 32>& registers, T (Words::*read)()) {
    const u64 number = words.number(31);
    registers[number] = (words.*read)();
}

void read_line(const std::string& line, Case& test) {
    Words words(line);
    Setting& setting = test.setting;
    Sequence& sequence = test.sequence;
    const std::string key = words.next();
    if (key == "isa")
        test.isa = riscv::Isa::parse(words.next());
    else if (key == "paged")
        setting.paged = words.number(1) != 0;
    else if (key == "rights")
        for (u8& rights : setting.rights) rights = static_cast<u8>(words.number(7));
    else if (key == "offset")
        setting.code_offset = static_cast<u32>(words.number(kPageSize));
    else if (key == "slice")
        setting.slice = static_cast<i64>(words.number(1 << 30));
    else if (key == "instructions")
        setting.instructions = words.number(1 << 30);
    else if (key == "runs")
        setting.runs = static_cast<unsigned>(words.number(1000));
    else if (key == "fcsr")
        sequence.fcsr = static_cast<u32>(words.number(0xff));
    else if (key == "fs")
        sequence.fs = static_cast<u8>(words.number(3));
    else if (key == "x")
        read_register(words, sequence.x, &Words::value);
    else if (key == "f")
        read_register(words, sequence.f, &Words::number);
    else if (key == "insn")
        sequence.code.push_back(read_instruction(words, test.isa));
    else
        throw std::runtime_error("unknown word " + key);
}

}  // namespace

std::string to_text(const Case& test) {
    const Setting& setting = test.setting;
    const Sequence& sequence = test.sequence;
    std::string text = fmt::format(
        "isa {}\npaged {}\nrights {}\noffset {:#x}\nslice {}\ninstructions {}\nruns {}\n"
        "fcsr {:#x}\nfs {}\n",
        test.isa.to_string(), setting.paged ? 1 : 0, fmt::join(setting.rights, " "),
        setting.code_offset, setting.slice, setting.instructions, setting.runs, sequence.fcsr,
        sequence.fs);
    for (size_t i = 1; i < 32; ++i)
        if (sequence.x[i].base != Base::kNone || sequence.x[i].offset != 0)
            text += fmt::format("x {} {}\n", i, value_text(sequence.x[i]));
    for (size_t i = 0; i < 32; ++i)
        if (sequence.f[i] != 0) text += fmt::format("f {} {:#x}\n", i, sequence.f[i]);
    u64 at = 0;
    for (const Instruction& insn : sequence.code) {
        text += fmt::format("insn {:#0{}x}  # {:#x}: {}\n", insn.bits, 2 + 2 * insn.length, at,
                            riscv::disassemble(insn.bits, at, test.isa));
        at += insn.length;
    }
    return text;
}

Case read_case(std::istream& text) {
    Case test;
    std::string line;
    for (size_t number = 1; std::getline(text, line); ++number) {
        line.resize(std::min(line.find('#'), line.size()));
        if (line.find_first_not_of(' ') == std::string::npos) continue;
        try {
            read_line(line, test);
        } catch (const std::exception& error) {
            throw std::runtime_error(fmt::format("line {}: {}", number, error.what()));
        }
    }
    if (test.isa.extensions == 0 || test.sequence.code.empty() || test.setting.slice == 0 ||
        test.setting.code_offset + 4 * test.sequence.code.size() + 4 > 2 * kPageSize)
        throw std::runtime_error("no isa, no instructions, or too many of them");
    return test;
}

}  // namespace kiln::random_test
