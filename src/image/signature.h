// The memory signature that the RISC-V architecture tests (RISCOF) compare.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "image/image.h"

namespace kiln {

// Where an image keeps its signature.
struct SignatureRange {
    uint64_t address = 0;
    uint64_t size = 0;
};

// [begin_signature, end_signature) of an ELF. Throws InputError when a symbol is missing or the
// range runs backwards or, unless it is empty, does not lie inside one segment.
SignatureRange find_signature(const Image& image);

// One line a word of `granularity` bytes (4, 8 or 16), the word at the lowest address first, each
// as a little-endian number in lower-case hexadecimal with leading zeros. A last word that is cut
// is filled up with zeros.
std::string format_signature(std::span<const std::byte> memory, unsigned granularity);

}  // namespace kiln
