#include "cpu/riscv/causes.h"

#include <array>
#include <fmt/format.h>

namespace kiln::riscv {
namespace {

// Indexed by the code; empty: reserved, or not of a machine without the H extension.
constexpr std::array<std::string_view, 16> kExceptions = {
    "instruction address misaligned",
    "instruction access fault",
    "illegal instruction",
    "breakpoint",
    "load address misaligned",
    "load access fault",
    "store address misaligned",
    "store access fault",
    "call from U-mode",
    "call from S-mode",
    "",
    "call from M-mode",
    "instruction page fault",
    "load page fault",
    "",
    "store page fault",
};
constexpr std::array<std::string_view, 12> kInterrupts = {
    "", "supervisor software interrupt", "", "machine software interrupt",
    "", "supervisor timer interrupt",    "", "machine timer interrupt",
    "", "supervisor external interrupt", "", "machine external interrupt",
};

}  // namespace

std::string cause_name(u64 code, bool interrupt) {
    std::string_view name;
    if (interrupt) {
        if (code < kInterrupts.size()) name = kInterrupts[code];
    } else {
        if (code < kExceptions.size()) name = kExceptions[code];
    }
    if (!name.empty()) return std::string(name);
    return fmt::format("{} {}", interrupt ? "interrupt" : "exception", code);
}

}  // namespace kiln::riscv
