// The header of a RISC-V Linux `Image`: Documentation/arch/riscv/boot-image-header.rst in Linux.
#include <algorithm>
#include <cstring>

#include "image/formats.h"
#include "support/error.h"

namespace kiln {
namespace {

struct Header {
    uint32_t code[2];
    uint64_t text_offset;
    uint64_t image_size;  // with .bss; 0 in kernels older than the field
    uint64_t flags;       // bit 0: big-endian
    uint32_t version;
    uint32_t reserved1;
    uint64_t reserved2;
    uint64_t magic;  // deprecated
    uint32_t magic2;
    uint32_t reserved3;
};
static_assert(sizeof(Header) == 64);

constexpr uint32_t kMagic2 = 0x0543'5352;  // "RSC\x05"
constexpr uint64_t kBigEndian = 1;

Header read_header(std::span<const std::byte> bytes) {
    Header header;
    std::memcpy(&header, bytes.data(), sizeof header);
    return header;
}

}  // namespace

bool is_linux_image(std::span<const std::byte> bytes) {
    return bytes.size() >= sizeof(Header) && read_header(bytes).magic2 == kMagic2;
}

void parse_linux_image(Image& image, uint64_t address) {
    const Header header = read_header(image.file);
    if (header.flags & kBigEndian) {
        throw InputError(image.name, "is a big-endian Linux image; only little-endian runs");
    }
    image.kind = Image::Kind::linux_image;
    image.text_offset = header.text_offset;
    const uint64_t size = std::max<uint64_t>(header.image_size, image.file.size());
    image.segments = {{0, 0, image.file, size, true}};
    move_image(image, address);
}

}  // namespace kiln
