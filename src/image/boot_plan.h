// From the files of the command line to what has to be in RAM before the first instruction. Every
// error of an input file surfaces here, before the machine exists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "image/boot_layout.h"
#include "image/image.h"

namespace kiln {

// Names of files; an empty one is not there. (The braces let designated initializers leave any
// out.)
struct BootFiles {
    std::string image{};     // runs alone in M-mode, at its own entry
    std::string firmware{};  // runs first in M-mode, at the start of RAM if it has no own addresses
    std::string kernel{};    // the firmware's next stage; without firmware it runs in M-mode
    std::string initrd{};
    uint64_t flat_address = 0x8000'0000;  // where an `image` without structure goes
};

// Bytes that are copied to RAM as they are.
struct Blob {
    std::string name;
    uint64_t address = 0;
    std::vector<std::byte> bytes;
};

struct BootPlan {
    std::optional<Image> image;
    std::optional<Image> firmware;
    std::optional<Image> kernel;
    std::optional<Blob> initrd;
    uint64_t entry = 0;         // where the reset vector jumps
    uint64_t next_address = 0;  // the kernel's entry, for firmware; 0 without

    // What may define HTIF and signature symbols: `image`, or else the kernel without firmware.
    const Image* bare() const;
    // All that is taken in RAM, for fdt_address.
    std::vector<UsedRange> used() const;
};

// Loads the files and finds every piece its place. Throws InputError: a file that cannot be loaded,
// an ELF of the other width than `xlen`, a piece outside RAM, two that overlap, one that does not
// fit. With no file at all the plan is empty and enters at the start of RAM.
BootPlan plan_boot(const BootFiles& files, const RamRange& ram, unsigned xlen);

// Writes all pieces.
void place(const BootPlan& plan, const RamView& ram);

// The installed OpenSBI `fw_dynamic.bin` that `--bios default` means. Throws InputError, naming the
// places searched, when none is there.
std::string find_default_firmware(unsigned xlen);

}  // namespace kiln
