// Definitions of HotRegions' members that tell listeners of regions.
#pragma once

#include <fmt/format.h>

#include "jit/guest_lines.h"
#include "jit/hot_regions.h"

namespace kiln {

template <Guest G>
std::vector<GuestLine> HotRegions<G>::disassemble(const Region& region) const {
    std::vector<GuestLine> lines;
    for (size_t i = 0; i < region.blocks.size(); ++i) {
        const BlockCode<G> code(memory_, *region.blocks[i]);
        add_guest_lines<G>(lines, *decoder_, code.bytes(),
                           region.base + static_cast<u64>(region.offsets[i]));
    }
    return lines;
}

template <Guest G>
void HotRegions<G>::tell(const Region& region) const {
    std::vector<CodePart> parts;
    for (size_t i = 0; i < region.blocks.size(); ++i) {
        const Block& block = *region.blocks[i];
        const u64 pc = region.base + static_cast<u64>(region.offsets[i]);
        parts.push_back({static_cast<typename G::Address>(pc), block.physical, block.bytes,
                         translate_block<G>(memory_, *decoder_, block)});
    }
    const CodePart seed = std::move(parts.front());
    parts.erase(parts.begin());
    const BlockCode<G> code(memory_, *region.blocks.front());
    listener_->on_code(
        {.name = fmt::format("kiln:{}:{:x}+region", G::kName, seed.pc),
         .pc = seed.pc,
         .physical = seed.physical,
         .mode = region.blocks.front()->mode,
         .instructions = region.native->instructions,
         .guest = code.bytes().first(seed.bytes),
         .ir = seed.ir,
         .host = {static_cast<const std::byte*>(region.native->code), region.native->code_bytes},
         .disassemble = [&] { return disassemble(region); },
         .others = std::move(parts)});
}

}  // namespace kiln
