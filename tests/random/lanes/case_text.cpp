#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>

#include "random/lanes/case.h"
#include "random/sequence_text.h"

namespace kiln::random_test {
namespace {

void read_line(Words& words, Case& test) {
    Setting& setting = test.setting;
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
    else if (!read_sequence_line(key, words, test.isa, test.sequence))
        throw std::runtime_error("unknown word " + key);
}

}  // namespace

std::string to_text(const Case& test) {
    const Setting& setting = test.setting;
    return fmt::format(
               "isa {}\npaged {}\nrights {}\noffset {:#x}\nslice {}\ninstructions {}\nruns {}\n",
               test.isa.to_string(), setting.paged ? 1 : 0, fmt::join(setting.rights, " "),
               setting.code_offset, setting.slice, setting.instructions, setting.runs) +
           sequence_text(test.sequence, test.isa);
}

Case read_case(std::istream& text) {
    Case test;
    read_lines(text, [&](Words& words) { read_line(words, test); });
    if (test.isa.extensions == 0 || test.sequence.code.empty() || test.setting.slice == 0 ||
        test.setting.code_offset + 4 * test.sequence.code.size() + 4 > 2 * kPageSize)
        throw std::runtime_error("no isa, no instructions, or too many of them");
    return test;
}

}  // namespace kiln::random_test
