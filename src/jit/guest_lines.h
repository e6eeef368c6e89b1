// Guest code as text, instruction by instruction.
#pragma once

#include <span>
#include <vector>

#include "cpu/guest.h"
#include "jit/code_listener.h"

namespace kiln {

// Adds the instructions that `code` consists of, which lies at `pc`, as `hart` reads them.
template <Guest G>
void add_guest_lines(std::vector<GuestLine>& lines, const typename G::Hart& hart,
                     std::span<const std::byte> code, u64 pc) {
    while (!code.empty()) {
        const size_t length = G::insn_length(code);
        const u64 at = static_cast<typename G::Address>(pc);
        lines.push_back({at, code.first(length), G::disassemble(hart, code, at)});
        code = code.subspan(length);
        pc += length;
    }
}

}  // namespace kiln
