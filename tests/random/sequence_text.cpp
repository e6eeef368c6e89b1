#include "random/sequence_text.h"

#include <charconv>
#include <fmt/format.h>
#include <stdexcept>

#include "cpu/riscv/disassemble.h"

namespace kiln::random_test {
namespace {

constexpr std::string_view kWindowName = "window+", kCodeName = "code+";

std::string value_text(const Value& value) {
    const std::string_view base = value.base == Base::kWindow ? kWindowName
                                  : value.base == Base::kCode ? kCodeName
                                                              : "";
    return fmt::format("{}{:#x}", base, value.offset);
}

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

}  // namespace

std::string Words::next() {
    std::string word;
    if (!(stream_ >> word)) throw std::runtime_error("a word is missing");
    return word;
}

Value Words::value() {
    const std::string word = next();
    if (word.starts_with(kWindowName))
        return {Base::kWindow, parse(word.substr(kWindowName.size()), ~u64{0})};
    if (word.starts_with(kCodeName))
        return {Base::kCode, parse(word.substr(kCodeName.size()), ~u64{0})};
    return {Base::kNone, parse(word, ~u64{0})};
}

u64 Words::parse(const std::string& word, u64 most) {
    const bool hexadecimal = word.starts_with("0x");
    const char* begin = word.data() + (hexadecimal ? 2 : 0);
    const char* end = word.data() + word.size();
    u64 value = 0;
    const auto parsed = std::from_chars(begin, end, value, hexadecimal ? 16 : 10);
    if (parsed.ec != std::errc{} || parsed.ptr != end || value > most)
        throw std::runtime_error("not a number that fits: " + word);
    return value;
}

bool read_sequence_line(const std::string& key, Words& words, const riscv::Isa& isa,
                        Sequence& sequence) {
    if (key == "fcsr")
        sequence.fcsr = static_cast<u32>(words.number(0xff));
    else if (key == "fs")
        sequence.fs = static_cast<u8>(words.number(3));
    else if (key == "x")
        read_register(words, sequence.x, &Words::value);
    else if (key == "f")
        read_register(words, sequence.f, &Words::number);
    else if (key == "insn")
        sequence.code.push_back(read_instruction(words, isa));
    else
        return false;
    return true;
}

std::string sequence_text(const Sequence& sequence, const riscv::Isa& isa) {
    std::string text = fmt::format("fcsr {:#x}\nfs {}\n", sequence.fcsr, sequence.fs);
    for (size_t i = 1; i < 32; ++i)
        if (sequence.x[i].base != Base::kNone || sequence.x[i].offset != 0)
            text += fmt::format("x {} {}\n", i, value_text(sequence.x[i]));
    for (size_t i = 0; i < 32; ++i)
        if (sequence.f[i] != 0) text += fmt::format("f {} {:#x}\n", i, sequence.f[i]);
    u64 at = 0;
    for (const Instruction& insn : sequence.code) {
        text += fmt::format("insn {:#0{}x}  # {:#x}: {}\n", insn.bits, 2 + 2 * insn.length, at,
                            riscv::disassemble(insn.bits, at, isa));
        at += insn.length;
    }
    return text;
}

void read_lines(std::istream& text, const std::function<void(Words&)>& read_line) {
    std::string line;
    for (size_t number = 1; std::getline(text, line); ++number) {
        line.resize(std::min(line.find('#'), line.size()));
        if (line.find_first_not_of(' ') == std::string::npos) continue;
        try {
            Words words(line);
            read_line(words);
        } catch (const std::exception& error) {
            throw std::runtime_error(fmt::format("line {}: {}", number, error.what()));
        }
    }
}

}  // namespace kiln::random_test
