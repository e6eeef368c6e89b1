// A guest program in a file: what has to be put where, and where it starts. Nothing in a file is
// believed: whatever load_image returns has been checked against the file's size and against
// itself, and place() checks it against RAM.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kiln {

// A piece of guest memory. The `mem_size - bytes.size()` bytes behind `bytes` are zero.
struct Segment {
    uint64_t address = 0;          // guest-physical
    uint64_t virtual_address = 0;  // where the program believes it is; equal without paging
    std::span<const std::byte> bytes;
    uint64_t mem_size = 0;
    bool executable = false;

    uint64_t end() const { return address + mem_size; }  // never wraps, see load_image
};

struct Symbol {
    uint64_t address = 0;  // virtual
    const char* name = nullptr;
};

// Segments, symbol names and `file` belong together: an Image can be moved, not copied.
struct Image {
    enum class Kind {
        elf,          // at its own addresses
        linux_image,  // RISC-V Linux `Image`: anywhere, aligned (boot_layout.h)
        flat,         // bytes without any structure
    };

    Image() = default;
    Image(Image&&) = default;
    Image& operator=(Image&&) = default;

    std::string name;
    Kind kind = Kind::flat;
    unsigned xlen = 0;           // 32 or 64; 0 where the format does not say
    uint64_t entry = 0;          // guest-physical
    uint64_t virtual_entry = 0;  // as linked
    uint64_t text_offset = 0;    // linux_image: wanted distance from the start of RAM

    std::vector<Segment> segments;  // at least one; by address, none empty, none overlapping
    std::vector<Symbol> functions;  // by address; labels in code for the disassembler

    // Guest-physical addresses of the symbols that mean something to Kiln. They may lie outside the
    // segments and outside RAM.
    std::optional<uint64_t> tohost;
    std::optional<uint64_t> fromhost;
    std::optional<uint64_t> begin_signature;
    std::optional<uint64_t> end_signature;

    std::vector<std::byte> file;  // what the segments' bytes and the symbols' names point into

    uint64_t begin() const { return segments.front().address; }
    uint64_t end() const { return segments.back().end(); }
};

struct ImageOptions {
    uint64_t flat_address = 0x8000'0000;  // for what is neither ELF nor Linux `Image`
    unsigned xlen = 0;                    // refuse an ELF of the other width; 0 takes both
};

// Reads and checks a file: ELF (32- or 64-bit, RISC-V, little-endian, statically linked), a Linux
// `Image` (linked at `flat_address` until it is moved), else a flat binary that starts at
// `flat_address`. Throws InputError.
Image load_image(const std::string& name, const ImageOptions& options);

// The same for bytes at hand; `name` is only for messages.
Image parse_image(const std::string& name, std::vector<std::byte> bytes,
                  const ImageOptions& options);

// Moves a linux_image or flat image to `address`. Throws InputError where it would wrap around the
// end of the address space.
void move_image(Image& image, uint64_t address);

// Guest RAM as a loader sees it. RAM reads zero before anything is placed, so the zero part of a
// segment is not written: a file of a few bytes cannot make gigabytes resident.
struct RamView {
    uint64_t base = 0;
    uint64_t size = 0;
    std::function<void(uint64_t address, std::span<const std::byte> bytes)> write;
};

// Throws InputError, naming the segment and RAM, unless every segment lies inside RAM.
void require_inside(const Image& image, uint64_t ram_base, uint64_t ram_size);

// Writes every segment; checks all of them first, so that an error leaves RAM as it was.
void place(const Image& image, const RamView& ram);

// The bytes at a virtual address, to the end of the segment that holds it; empty outside.
std::span<const std::byte> bytes_at(const Image& image, uint64_t virtual_address);

}  // namespace kiln
