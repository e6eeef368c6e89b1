// The command `disasm`: which bytes of an image are listed, and how.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cli/options.h"
#include "image/image.h"

namespace kiln {

// The text of one instruction; a 16-bit one stands in the low half of `bits`.
using Disassembler = std::function<std::string(uint32_t bits, uint64_t address)>;
// Receives the listing in pieces.
using TextSink = std::function<void(std::string_view)>;

// Lists code with its labels: what `request` selects, else every executable segment. Bytes at the
// end that make no whole instruction are listed as data. Throws InputError when --start lies
// outside the image.
void list_image(const Image& image, const DisasmRequest& request, const Disassembler& disassemble,
                const TextSink& out);

}  // namespace kiln
