#include "cpu/riscv/isa.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "support/error.h"

namespace kiln::riscv {
namespace {

constexpr std::array<std::string_view, static_cast<size_t>(Ext::kCount)> kNames = {
    "m",      "a",      "f",      "d",     "c",        "zicbom",      "zicbop",
    "zicboz", "zicntr", "zicond", "zicsr", "zifencei", "zihintpause", "zihpm",
    "zawrs",  "zfh",    "zba",    "zbb",   "zbc",      "zbkb",        "zbkx",
    "zbs",    "sstc",   "svade",  "svadu", "svinval",  "svnapot"};

constexpr u64 bits(std::initializer_list<Ext> list) {
    u64 all = 0;
    for (Ext ext : list) all |= ext_bit(ext);
    return all;
}

// What a name stands for besides itself.
struct Implication {
    Ext ext;
    u64 needs;
};
constexpr Implication kImplications[] = {
    {Ext::kZfh, bits({Ext::kF})},       {Ext::kD, bits({Ext::kF})},
    {Ext::kF, bits({Ext::kZicsr})},     {Ext::kZicntr, bits({Ext::kZicsr})},
    {Ext::kZihpm, bits({Ext::kZicsr})},
};
constexpr u64 kGeneral = bits({Ext::kM, Ext::kA, Ext::kF, Ext::kD, Ext::kZicsr, Ext::kZifencei});
constexpr u64 kBitmanip = bits({Ext::kZba, Ext::kZbb, Ext::kZbs});

[[noreturn]] void refuse(std::string_view text, const std::string& reason) {
    throw UsageError("--isa: '" + std::string(text) + "': " + reason);
}

u64 extension_named(std::string_view text, std::string_view name) {
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end())
        refuse(text, "extension '" + std::string(name) + "' is not implemented");
    return u64{1} << (found - kNames.begin());
}

u64 letters(std::string_view text, std::string_view rest) {
    u64 all = 0;
    for (size_t i = 0; i < rest.size(); ++i) {
        const char letter = rest[i];
        if (letter == 'i') {
            if (i != 0) refuse(text, "'i' comes right behind the width");
        } else if (letter == 'g') {
            if (i != 0) refuse(text, "'g' comes right behind the width");
            all |= kGeneral;
        } else if (i == 0) {
            refuse(text, "the base is 'i' or 'g'");
        } else if (letter == 'b') {
            all |= kBitmanip;
        } else if (letter != 's' && letter != 'u') {  // modes, always there
            all |= extension_named(text, rest.substr(i, 1));
        }
    }
    return all;
}

}  // namespace

std::string_view ext_name(Ext ext) { return kNames[static_cast<size_t>(ext)]; }

Isa Isa::everything(unsigned xlen) {
    return {xlen, (u64{1} << static_cast<unsigned>(Ext::kCount)) - 1};
}

Isa Isa::parse(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    Isa isa;
    if (lower.starts_with("rv32")) {
        isa.xlen = 32;
    } else if (!lower.starts_with("rv64")) {
        refuse(text, "it starts with rv32 or rv64");
    }
    std::string_view rest = std::string_view(lower).substr(4);
    // Names of several letters start with z, s(v|s|h|m) or x; a first one may follow the single
    // letters without an underscore.
    size_t single = 0;
    while (single < rest.size() && rest[single] != '_' && rest[single] != 'z' &&
           rest[single] != 'x' && rest.substr(single, 2) != "sv" && rest.substr(single, 2) != "ss")
        ++single;
    if (single == 0) refuse(text, "the base ('i' or 'g') is missing");
    isa.extensions = letters(text, rest.substr(0, single));
    rest.remove_prefix(single);
    while (!rest.empty()) {
        if (rest.front() == '_') rest.remove_prefix(1);
        const std::string_view name = rest.substr(0, rest.find('_'));
        if (name.empty()) refuse(text, "an empty name between underscores");
        isa.extensions |= extension_named(text, name);
        rest.remove_prefix(name.size());
    }
    for (const Implication& implication : kImplications)
        if (isa.has(implication.ext)) isa.extensions |= implication.needs;
    return isa;
}

std::string Isa::to_string() const {
    std::string text = "rv" + std::to_string(xlen) + "i";
    for (size_t i = 0; i < kNames.size(); ++i) {
        if (!has(static_cast<Ext>(i))) continue;
        if (kNames[i].size() > 1) text += '_';
        text += kNames[i];
    }
    return text;
}

}  // namespace kiln::riscv
