#include "jit/audit_report.h"

#include <algorithm>
#include <fmt/format.h>

namespace kiln {
namespace {

bool differs(const AuditedValue& value) { return value.interpreted != value.compiled; }

std::string format_code(const AuditedBlock& block) {
    constexpr size_t kPerLine = 16;
    std::string text;
    for (size_t at = 0; at < block.host.size(); at += kPerLine) {
        text += fmt::format("  {:#x}:", block.host_address + at);
        const size_t end = std::min(at + kPerLine, block.host.size());
        for (size_t i = at; i < end; ++i)
            text += fmt::format(" {:02x}", std::to_integer<unsigned>(block.host[i]));
        text += '\n';
    }
    return text;
}

std::string format_values(const std::vector<AuditedValue>& values) {
    std::string text =
        fmt::format("  {:<20} {:>18} {:>18} {:>18}\n", "", "before", "interpreter", "native code");
    for (const AuditedValue& value : values)
        text += fmt::format("{} {:<20} {:#18x} {:#18x} {:#18x}\n", differs(value) ? '!' : ' ',
                            value.name, value.before, value.interpreted, value.compiled);
    return text;
}

std::string summary(const AuditedBlock& block) {
    const auto first = std::ranges::find_if(block.values, differs);
    return fmt::format(
        "audit: the native code of the block at {:#x} differs from the interpreter: "
        "{}",
        block.pc, first == block.values.end() ? "?" : first->name);
}

}  // namespace

std::string format_audit(const AuditedBlock& block) {
    return fmt::format(
        "hart {}, pc {:#x}, physical {:#x}, mode {:#x}\n"
        "guest code\n{}IR\n{}host code, {} bytes\n{}state\n{}",
        block.hart, block.pc, block.physical, block.mode, block.guest, block.ir, block.host.size(),
        format_code(block), format_values(block.values));
}

AuditFailure::AuditFailure(const AuditedBlock& block)
    : std::runtime_error(summary(block)), report_(format_audit(block)) {}

}  // namespace kiln
