// Writes well-formed inputs for fuzz_image into a folder: no mutation makes an ELF out of nothing.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "devices/board_virt.h"
#include "unit/elf_builder.h"

namespace {

using Bytes = std::vector<std::byte>;

template <typename Class>
Bytes elf() {
    kiln::test::ElfBuilder<Class> builder;
    builder.add_segment(0x8000'0000U, "code, then data", 0x100);
    builder.add_segment(0x8000'1000U, "data").p_flags = PF_R | PF_W;
    builder.add_symbol("_start", 0x8000'0000U, STT_FUNC);
    builder.add_symbol("tohost", 0x8000'1000U);
    builder.add_symbol("begin_signature", 0x8000'0004U);
    builder.add_symbol("end_signature", 0x8000'0008U);
    return builder.bytes();
}

Bytes linux_image() {
    Bytes bytes(0x80);
    const uint64_t text_offset = 0x20'0000;
    const uint64_t image_size = 0x1000;
    std::memcpy(&bytes[0x08], &text_offset, sizeof text_offset);
    std::memcpy(&bytes[0x10], &image_size, sizeof image_size);
    std::memcpy(&bytes[0x38], "RSC\x05", 4);
    return bytes;
}

Bytes device_tree() {
    kiln::VirtFdtInfo info;
    info.ram_size = 1 << 20;
    info.isa = "rv64i";
    info.isa_base = "rv64i";
    info.isa_extensions = {"i"};
    return kiln::make_virt_fdt(info);
}

// `selector` as in fuzz_image.cpp.
void write(const std::string& name, char selector, const Bytes& bytes) {
    std::ofstream file(name, std::ios::binary);
    file.put(selector).write(reinterpret_cast<const char*>(bytes.data()),
                             static_cast<std::streamsize>(bytes.size()));
    file.exceptions(std::ios::failbit | std::ios::badbit);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: fuzz_image_seeds FOLDER\n", stderr);
        return 2;
    }
    const std::string folder = std::string(argv[1]) + "/";
    write(folder + "elf32", 0, elf<kiln::test::Elf32>());
    write(folder + "elf64", 1, elf<kiln::test::Elf64>());
    write(folder + "linux", 3, linux_image());
    write(folder + "fdt", 2, device_tree());
    return 0;
}
