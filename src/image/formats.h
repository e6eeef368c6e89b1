// The file formats that image.cpp tells apart. Internal to src/image.
#pragma once

#include "image/image.h"

namespace kiln {

bool is_elf(std::span<const std::byte> bytes);
bool is_linux_image(std::span<const std::byte> bytes);

// Fill in everything but `name` and `file`, which the caller has set. Throw InputError.
void parse_elf(Image& image, unsigned xlen);
void parse_linux_image(Image& image, uint64_t address);

}  // namespace kiln
