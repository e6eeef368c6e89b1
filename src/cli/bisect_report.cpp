#include "cli/bisect_report.h"

#include <array>
#include <cstring>
#include <fmt/format.h>

#include "cli/code_listing.h"
#include "cpu/riscv/disassemble.h"
#include "cpu/riscv/peek.h"
#include "cpu/riscv/register_names.h"
#include "cpu/riscv/state.h"

namespace kiln {
namespace {

using riscv::Hart;

// More instructions or words of memory than these are not shown.
constexpr u64 kMostInstructions = 64;
constexpr size_t kMostWords = 32;

std::string instruction_at(const Hart& hart, u64 pc) {
    u32 bits = 0;
    riscv::peek_memory(hart, pc, std::as_writable_bytes(std::span(&bits, 1)));
    return riscv::disassemble(bits, pc, hart.isa);
}

// Runs the piece instruction by instruction and lists it. Returns the first one's pc.
u64 list_instructions(BisectedMachine& run, const Divergence& found, std::string& text) {
    u64 first_pc = 0;
    Machine& machine = run.machine();
    for (u64 at = found.begin; at < found.end && !run.over(); ++at) {
        std::vector<std::pair<u64, std::string>> next;
        std::vector<u64> begun;
        for (unsigned id = 0; id < machine.harts(); ++id) {
            const Hart& hart = machine.hart(id);
            next.emplace_back(hart.pc, instruction_at(hart, hart.pc));
            begun.push_back(hart.begun());
        }
        run.run(at + 1);
        for (unsigned id = 0; id < machine.harts(); ++id) {
            if (machine.hart(id).begun() == begun[id]) continue;
            if (at == found.begin) first_pc = next[id].first;
            if (at - found.begin < kMostInstructions)
                text += fmt::format("  {:<12} hart {} {:#x}: {}\n", at + 1, id, next[id].first,
                                    next[id].second);
        }
    }
    return first_pc;
}

// Registers of all harts, by name.
std::vector<std::pair<std::string, u64>> registers(Machine& machine) {
    std::vector<std::pair<std::string, u64>> values;
    for (unsigned id = 0; id < machine.harts(); ++id) {
        const Hart& hart = machine.hart(id);
        const std::string of = machine.harts() == 1 ? "" : fmt::format("hart {} ", id);
        values.emplace_back(of + "pc", hart.pc);
        for (size_t reg = 1; reg < 32; ++reg)
            values.emplace_back(of + std::string(riscv::kXNames[reg]),
                                hart.regs[riscv::kFirstX + reg]);
        for (size_t reg = 0; reg < 32; ++reg)
            values.emplace_back(of + std::string(riscv::kFNames[reg]),
                                hart.regs[riscv::kFirstF + reg]);
        values.emplace_back(of + "fflags", hart.fflags());
        values.emplace_back(of + "mstatus", hart.mstatus);
        values.emplace_back(of + "mcause", hart.mcause);
        values.emplace_back(of + "scause", hart.scause);
    }
    return values;
}

// A machine at one end of the piece.
struct End {
    std::vector<std::pair<std::string, u64>> registers;
    Snapshot snapshot;
};

End end_of(Machine& machine) { return {registers(machine), machine.save()}; }

std::string row(const std::string& name, u64 before, u64 a, u64 b) {
    return fmt::format("{} {:<18} {:#18x} {:#18x} {:#18x}\n", a == b ? ' ' : '!', name, before, a,
                       b);
}

u64 word_at(const Page* page, size_t offset) {
    u64 word = 0;
    if (page != nullptr) std::memcpy(&word, page->data() + offset, sizeof word);
    return word;
}

// Words that were written, on either.
std::string memory_rows(u64 pages, const End& before, const End& a, const End& b) {
    std::string text;
    size_t count = 0;
    for (u32 number = 0; number < pages; ++number) {
        const std::array<const Page*, 3> page = {before.snapshot.ram.page(number),
                                                 a.snapshot.ram.page(number),
                                                 b.snapshot.ram.page(number)};
        if (page[0] == page[1] && page[1] == page[2]) continue;
        for (size_t at = 0; at < kPageSize; at += sizeof(u64)) {
            const u64 was = word_at(page[0], at);
            const u64 on_a = word_at(page[1], at);
            const u64 on_b = word_at(page[2], at);
            if ((was == on_a && was == on_b) || ++count > kMostWords) continue;
            const u64 address = virt::kRamBase + (u64{number} << kPageBits) + at;
            text += row(fmt::format("[{:#x}]", address), was, on_a, on_b);
        }
    }
    if (count > kMostWords)
        text += fmt::format("  and {} more words of memory\n", count - kMostWords);
    return text;
}

std::string table(const BisectRequest& request, const Divergence& found, const End& before,
                  const End& a, const End& b) {
    std::string rows;
    for (size_t i = 0; i < a.registers.size(); ++i) {
        const u64 was = before.registers[i].second;
        const u64 on_a = a.registers[i].second;
        const u64 on_b = b.registers[i].second;
        if (was != on_a || was != on_b) rows += row(a.registers[i].first, was, on_a, on_b);
    }
    rows += memory_rows(request.config.ram_size >> kPageBits, before, a, b);
    if (rows.find('!') == std::string::npos)
        rows += "  What differs is neither a register above nor memory: a CSR or a device.\n";
    return fmt::format("  {:<18} {:>18} {:>18} {:>18}\n{}", "", "before", request.a, found.backend,
                       rows);
}

}  // namespace

std::string describe(const BisectRequest& request, const Divergence& found) {
    MachineConfig config = request.config;
    BisectedMachine a(config, request.a);
    a.restore(found.before);
    const End before = end_of(a.machine());
    std::string instructions;
    const u64 pc = list_instructions(a, found, instructions);
    const End on_a = end_of(a.machine());
    config.tier_up = 0;
    CodeRecorder recorder([pc](const NativeCode& code) { return code.pc == pc; });
    BisectedMachine b(config, found.backend, &recorder);
    b.restore(found.before);
    b.run(found.end);
    recorder.sampler().stop();
    const End on_b = end_of(b.machine());
    std::string text = fmt::format(
        "first difference: instruction {}, at pc {:#x}; behind instruction {} states differ\n{}",
        found.begin + 1, pc, found.end,
        found.smallest ? ""
                       : "(not narrowed to a block: it is not found again from a later start)\n");
    text += "instructions:\n" + instructions + "state:\n" +
            table(request, found, before, on_a, on_b) + "\n";
    JitdumpRequest listing;
    list_code(recorder, listing, {}, [&text](std::string_view piece) { text += piece; });
    return text;
}

}  // namespace kiln
