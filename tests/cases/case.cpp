#include "cases/case.h"

#include <algorithm>
#include <fstream>

#include "cases/value.h"
#include "cpu/riscv/csr.h"
#include "cpu/riscv/register_names.h"
#include "support/error.h"

namespace kiln::cases {
namespace {

using riscv::Isa;

// What is wrong with a line.
struct Wrong {
    std::string reason;
};

std::string trim(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const size_t end = text.find(separator);
        const std::string part = trim(text.substr(0, end));
        if (!part.empty()) parts.push_back(part);
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

u64 value_of(const std::string& text) {
    const auto value = parse_value(text);
    if (!value) throw Wrong{"'" + text + "' is not a value"};
    return *value;
}

// "w[0x80002000]"
Assignment memory_place(const std::string& name) {
    const size_t letter = std::string_view("bhwd").find(name[0]);
    if (letter == std::string_view::npos || name.back() != ']')
        throw Wrong{"'" + name + "' is not b[..], h[..], w[..] or d[..]"};
    Assignment a{Place::kMemory};
    a.index = 1u << letter;
    a.address = value_of(name.substr(2, name.size() - 3));
    return a;
}

Assignment place_of(const std::string& name) {
    if (name.size() > 3 && name[1] == '[') return memory_place(name);
    if (name == "pc") return {Place::kPc};
    if (name == "priv") return {Place::kPriv};
    if (name == "trap") return {Place::kTrap};
    if (name == "tval") return {Place::kTval};
    if (name == "epc") return {Place::kEpc};
    if (name == "steps") return {Place::kSteps};
    if (const auto x = riscv::x_register(name)) return {Place::kX, *x};
    if (const auto f = riscv::f_register(name)) return {Place::kF, *f};
    const int csr = riscv::csr_number(name);
    if (csr < 0) throw Wrong{"'" + name + "' is no place"};
    return {Place::kCsr, static_cast<u32>(csr)};
}

Assignment assignment(const std::string& text) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) throw Wrong{"'" + text + "' is not NAME=VALUE"};
    Assignment a = place_of(text.substr(0, equals));
    std::string value = text.substr(equals + 1);
    a.insn = a.place == Place::kTval && value == "insn";
    if (a.insn) return a;
    a.relative = value.starts_with('.');
    if (a.relative) value.erase(0, 1);
    a.value = a.relative && value.empty() ? 0 : value_of(value);
    return a;
}

std::vector<Assignment> assignments(std::string_view text) {
    std::vector<Assignment> all;
    for (const std::string& word : split(text, ' ')) all.push_back(assignment(word));
    return all;
}

Isa isa_named(const std::string& name) {
    if (name == "rv32" || name == "rv64") return Isa::everything(name == "rv32" ? 32 : 64);
    try {
        return Isa::parse(name);
    } catch (const UsageError& error) {
        throw Wrong{error.what()};
    }
}

std::vector<Isa> section(const std::string& line) {
    if (line.back() != ']') throw Wrong{"the section's ']' is missing"};
    std::vector<Isa> isas;
    for (const std::string& name : split(std::string_view(line).substr(1, line.size() - 2), ' '))
        isas.push_back(isa_named(name));
    if (isas.empty()) throw Wrong{"the section names no ISA"};
    return isas;
}

bool only_before(Place place) { return place == Place::kSteps; }
bool only_after(Place place) {
    return place == Place::kTrap || place == Place::kTval || place == Place::kEpc;
}

Case parse_case(const std::string& line) {
    Case c;
    c.text = line;
    const size_t semicolon = line.find(';');
    const size_t arrow = line.find("=>");
    if (semicolon == std::string::npos || arrow == std::string::npos || arrow < semicolon)
        throw Wrong{"a case reads 'CODE ; BEFORE => AFTER'"};
    const std::string_view view = line;
    c.code = split(view.substr(0, semicolon), '|');
    c.before = assignments(view.substr(semicolon + 1, arrow - semicolon - 1));
    c.after = assignments(view.substr(arrow + 2));
    if (c.code.empty()) throw Wrong{"a case without code"};
    for (const Assignment& a : c.before)
        if (only_after(a.place)) throw Wrong{"trap, tval and epc are results"};
    for (const Assignment& a : c.after)
        if (only_before(a.place)) throw Wrong{"steps is not a result"};
    return c;
}

}  // namespace

std::vector<Case> read_cases(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw CaseError(path + ": cannot be read");
    std::vector<Case> cases;
    std::vector<Isa> isas;
    std::string raw;
    for (int number = 1; std::getline(file, raw); ++number) {
        const std::string line = trim(std::string_view(raw).substr(0, raw.find('#')));
        if (line.empty()) continue;
        const std::string where = path.substr(path.rfind('/') + 1) + ':' + std::to_string(number);
        try {
            if (line[0] == '[') {
                isas = section(line);
                continue;
            }
            if (isas.empty()) throw Wrong{"a case before the first section"};
            Case c = parse_case(line);
            c.where = where;
            c.isas = isas;
            cases.push_back(std::move(c));
        } catch (const Wrong& wrong) {
            throw CaseError(where + ": " + wrong.reason);
        }
    }
    return cases;
}

}  // namespace kiln::cases
