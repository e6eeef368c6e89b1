#include "image/image.h"

#include <fmt/format.h>
#include <limits>

#include "image/file.h"
#include "image/formats.h"
#include "support/error.h"

namespace kiln {
namespace {

void parse_flat(Image& image, uint64_t address) {
    image.kind = Image::Kind::flat;
    image.segments = {{0, 0, image.file, image.file.size(), true}};
    move_image(image, address);
}

// An ELF has several pieces and the message has to say which one; the others are one piece.
std::string describe(const Image& image, const Segment& segment) {
    const std::string place = fmt::format("{:#x}-{:#x}", segment.address, segment.end() - 1);
    if (image.kind != Image::Kind::elf) return fmt::format("its place {}", place);
    return fmt::format("segment {} ({})", &segment - image.segments.data(), place);
}

}  // namespace

Image parse_image(const std::string& name, std::vector<std::byte> bytes,
                  const ImageOptions& options) {
    Image image;
    image.name = name;
    image.file = std::move(bytes);
    if (image.file.empty()) throw InputError(name, "is empty");
    if (is_elf(image.file)) {
        parse_elf(image, options.xlen);
    } else if (is_linux_image(image.file)) {
        parse_linux_image(image, options.flat_address);
    } else {
        parse_flat(image, options.flat_address);
    }
    return image;
}

Image load_image(const std::string& name, const ImageOptions& options) {
    return parse_image(name, read_file(name), options);
}

void move_image(Image& image, uint64_t address) {
    Segment& segment = image.segments.front();
    if (segment.mem_size > std::numeric_limits<uint64_t>::max() - address) {
        throw InputError(image.name, fmt::format("its size {:#x} wraps around at address {:#x}",
                                                 segment.mem_size, address));
    }
    segment.address = segment.virtual_address = address;
    image.entry = image.virtual_entry = address;
}

void require_inside(const Image& image, uint64_t ram_base, uint64_t ram_size) {
    for (const Segment& segment : image.segments) {
        const bool inside = segment.address >= ram_base && segment.address - ram_base <= ram_size &&
                            segment.mem_size <= ram_size - (segment.address - ram_base);
        if (inside) continue;
        throw InputError(image.name,
                         fmt::format("{} lies outside RAM ({:#x}-{:#x})", describe(image, segment),
                                     ram_base, ram_base + (ram_size - 1)));
    }
}

void place(const Image& image, const RamView& ram) {
    require_inside(image, ram.base, ram.size);
    for (const Segment& segment : image.segments) {
        if (!segment.bytes.empty()) ram.write(segment.address, segment.bytes);
    }
}

std::span<const std::byte> bytes_at(const Image& image, uint64_t virtual_address) {
    for (const Segment& segment : image.segments) {
        const uint64_t offset = virtual_address - segment.virtual_address;
        if (offset < segment.bytes.size()) return segment.bytes.subspan(offset);
    }
    return {};
}

}  // namespace kiln
