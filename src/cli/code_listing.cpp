#include "cli/code_listing.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

#include "cli/host_disassembler.h"
#include "support/error.h"

namespace kiln {
namespace {

// Virtual addresses from `first` to in front of `end`.
struct Range {
    u64 first;
    u64 end;
};

// A function goes on to the next one.
Range range_of(const std::string& name, const std::vector<Symbol>& functions) {
    const auto found = std::ranges::find(functions, name, &Symbol::name);
    if (found == functions.end())
        throw UsageError(fmt::format("--symbol: the program has no function '{}'", name));
    const auto next = std::ranges::upper_bound(functions, found->address, {}, &Symbol::address);
    return {found->address,
            next == functions.end() ? std::numeric_limits<u64>::max() : next->address};
}

bool holds(u64 first, size_t bytes, u64 address) { return address - first < bytes; }

// " <main+0x8>", or nothing where no function begins in front.
std::string label(u64 pc, const std::vector<Symbol>& functions) {
    const auto next = std::ranges::upper_bound(functions, pc, {}, &Symbol::address);
    if (next == functions.begin()) return {};
    const Symbol& function = *std::prev(next);
    const u64 offset = pc - function.address;
    return offset == 0 ? fmt::format(" <{}>", function.name)
                       : fmt::format(" <{}+{:#x}>", function.name, offset);
}

void add_section(std::string& text, std::string_view title, std::string_view lines) {
    text += fmt::format("{}:\n", title);
    while (!lines.empty()) {
        const size_t end = std::min(lines.find('\n'), lines.size() - 1);
        text += "  ";
        text += lines.substr(0, end + 1);
        lines.remove_prefix(end + 1);
    }
}

std::string heat(u64 samples, u64 all) {
    const double percent =
        100.0 * static_cast<double>(samples) / static_cast<double>(std::max<u64>(all, 1));
    return fmt::format("{} of {} samples ({:.1f} %)", samples, all, percent);
}

class Lister {
  public:
    Lister(CodeRecorder& recorder, const std::vector<Symbol>& functions)
        : sampler_(recorder.sampler()), functions_(functions) {}

    u64 samples(const CodeRecord* record) const {
        return sampler_.samples(record->host_address, record->host.size());
    }
    std::string block(const CodeRecord& record) const {
        std::string text = fmt::format("block {}{}, physical {:#x}, mode {:#x}\n", record.name,
                                       label(record.pc, functions_), record.physical, record.mode);
        if (record.blocks != 1) text += fmt::format("{} blocks; ", record.blocks);
        text += fmt::format("{} instruction{} in {} bytes; {} bytes of host code; {}\n",
                            record.instructions, record.instructions == 1 ? "" : "s",
                            record.guest_bytes, record.host.size(),
                            heat(samples(&record), sampler_.all()));
        add_section(text, "guest", record.guest);
        add_section(text, "ir", record.ir);
        add_section(text, "host", disassemble_host(record.host, record.host_address));
        return text + "\n";
    }

  private:
    const HostSampler& sampler_;
    const std::vector<Symbol>& functions_;
};

}  // namespace

CodeRecorder::Wanted wanted_code(const JitdumpRequest& request,
                                 const std::vector<Symbol>& functions) {
    if (request.pc) {
        return [pc = *request.pc](const NativeCode& code) {
            const auto holds_it = [pc](const CodePart& part) {
                return holds(part.pc, part.bytes, pc) || holds(part.physical, part.bytes, pc);
            };
            return holds(code.pc, code.guest.size(), pc) ||
                   holds(code.physical, code.guest.size(), pc) ||
                   std::ranges::any_of(code.others, holds_it);
        };
    }
    if (!request.symbol.empty()) {
        return [range = range_of(request.symbol, functions)](const NativeCode& code) {
            const auto inside = [&](u64 pc) { return pc >= range.first && pc < range.end; };
            return inside(code.pc) || std::ranges::any_of(code.others, inside, &CodePart::pc);
        };
    }
    return [](const NativeCode&) { return true; };
}

void list_code(CodeRecorder& recorder, const JitdumpRequest& request,
               const std::vector<Symbol>& functions,
               const std::function<void(std::string_view)>& out) {
    const Lister lister(recorder, functions);
    std::vector<const CodeRecord*> records = recorder.records();
    if (request.hottest) {
        std::ranges::stable_sort(records, std::ranges::greater(),
                                 [&](const CodeRecord* r) { return lister.samples(r); });
        records.resize(std::min<u64>(records.size(), *request.hottest));
    }
    for (const CodeRecord* record : records) out(lister.block(*record));
}

}  // namespace kiln
