#include "jit/audit_report.h"

#include <algorithm>
#include <fmt/format.h>

namespace kiln {
namespace {

bool differs(const AuditedValue& value) { return value.interpreted != value.compiled; }

std::string format_code(const AuditedCode& code) {
    constexpr size_t kPerLine = 16;
    std::string text;
    for (size_t at = 0; at < code.host.size(); at += kPerLine) {
        text += fmt::format("  {:#x}:", code.host_address + at);
        const size_t end = std::min(at + kPerLine, code.host.size());
        for (size_t i = at; i < end; ++i)
            text += fmt::format(" {:02x}", std::to_integer<unsigned>(code.host[i]));
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

std::string summary(const AuditedCode& code) {
    const auto first = std::ranges::find_if(code.values, differs);
    return fmt::format("audit: the native code of the {} at {:#x} differs from the interpreter: {}",
                       code.region ? "region" : "block", code.pc,
                       first == code.values.end() ? "?" : first->name);
}

}  // namespace

std::string format_audit(const AuditedCode& code) {
    return fmt::format(
        "hart {}, pc {:#x}, physical {:#x}, mode {:#x}\n"
        "guest code\n{}IR\n{}host code, {} bytes\n{}state\n{}",
        code.hart, code.pc, code.physical, code.mode, code.guest, code.ir, code.host.size(),
        format_code(code), format_values(code.values));
}

AuditFailure::AuditFailure(const AuditedCode& code)
    : std::runtime_error(summary(code)), report_(format_audit(code)) {}

}  // namespace kiln
