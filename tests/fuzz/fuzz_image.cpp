// Feeds any bytes to the loaders. The first byte says which: the guest's width and whether it is an
// image or a device tree. Whatever is accepted has to keep the promises of image.h.
#include <cstdint>
#include <cstring>
#include <vector>

#include "devices/fdt_file.h"
#include "fuzz/require.h"
#include "image/boot_layout.h"
#include "image/image.h"
#include "image/signature.h"
#include "support/error.h"

namespace kiln {
namespace {

constexpr RamRange kRam{0x8000'0000, 1 << 20};
constexpr uint8_t kDeviceTree = 2;  // else the lowest two bits are 0: rv32, 1: rv64, 3: any

bool points_into(const Image& image, std::span<const std::byte> bytes) {
    return bytes.empty() || (bytes.data() >= image.file.data() &&
                             bytes.data() + bytes.size() <= image.file.data() + image.file.size());
}

void check_segments(const Image& image) {
    require(!image.segments.empty(), "an image has segments");
    const Segment* last = nullptr;
    for (const Segment& segment : image.segments) {
        require(segment.mem_size != 0, "no segment is empty");
        require(segment.end() > segment.address, "no segment wraps");
        require(segment.bytes.size() <= segment.mem_size, "the bytes fit their segment");
        require(points_into(image, segment.bytes), "the bytes lie in the file");
        require(last == nullptr || last->end() <= segment.address, "sorted, none overlapping");
        last = &segment;
    }
}

void check_labels(const Image& image) {
    for (const Symbol& label : image.functions) {
        const auto* name = reinterpret_cast<const std::byte*>(label.name);
        require(points_into(image, {name, std::strlen(label.name) + 1}), "names end in the file");
    }
}

void use(Image& image) {
    check_segments(image);
    check_labels(image);
    bytes_at(image, image.virtual_entry);
    std::vector<std::byte> ram(kRam.size);
    const RamView view{kRam.base, kRam.size,
                       [&](uint64_t address, std::span<const std::byte> bytes) {
                           require(address >= kRam.base && address <= kRam.end() &&
                                       bytes.size() <= kRam.end() - address,
                                   "nothing is placed outside RAM");
                           std::memcpy(&ram[address - kRam.base], bytes.data(), bytes.size());
                       }};
    if (image.kind != Image::Kind::elf) {
        move_image(image, kernel_address(kRam, kRam.base, image, 64));
        check_segments(image);
    }
    place(image, view);
    const SignatureRange range = find_signature(image);
    if (range.size == 0) return;
    format_signature(std::span(ram).subspan(range.address - kRam.base, range.size), 16);
}

void fuzz(uint8_t selector, std::vector<std::byte> bytes) {
    try {
        if ((selector & 3) == kDeviceTree) {
            const ChosenInfo chosen{"console=ttyS0", MemoryRange{kRam.base, kRam.end()}};
            check_fdt(with_chosen(bytes, "input", chosen), "output");
            return;
        }
        const unsigned xlen = (selector & 3) == 0 ? 32 : (selector & 3) == 1 ? 64 : 0;
        Image image = parse_image("input", std::move(bytes), {kRam.base, xlen});
        use(image);
    } catch (const InputError&) {
        // A clear refusal is all that is asked for.
    }
}

}  // namespace
}  // namespace kiln

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const auto* bytes = reinterpret_cast<const std::byte*>(data);
    kiln::fuzz(data[0], {bytes + 1, bytes + size});
    return 0;
}
