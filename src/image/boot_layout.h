// Where the pieces of a boot go in RAM, as QEMU's `virt` machine places them (7.2; checked against
// its monitor's `info roms`), so that kernels and firmware find what they know. Pure functions.
//
//   base               firmware (OpenSBI)
//   + 2 MiB / 4 MiB    kernel: the first such boundary (rv64 / rv32) behind the firmware
//   kernel + 128 MiB   initrd, or half of RAM behind the kernel where RAM is small
//   ...                device tree, as high as possible below 3 GiB
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "image/image.h"

namespace kiln {

struct RamRange {
    uint64_t base = 0;
    uint64_t size = 0;  // at least 1; base + size does not wrap

    uint64_t end() const { return base + size; }
};

// The device tree starts at a multiple of it, and the initrd leaves as much room at the end of RAM.
inline constexpr uint64_t kFdtAlignment = uint64_t{2} << 20;

// The address of a kernel that is a Linux `Image` or flat. `firmware_end` is the first byte behind
// the firmware. A kernel whose header asks for a larger distance from the start of RAM gets it.
// Throws InputError, naming the kernel, when it does not fit into RAM.
uint64_t kernel_address(const RamRange& ram, uint64_t firmware_end, const Image& kernel,
                        unsigned xlen);

// The address of an initrd of `size` bytes behind a kernel at [kernel_begin, kernel_end): QEMU's
// where it fits, else as high as possible. Throws InputError, naming it, when it is too large.
uint64_t initrd_address(const RamRange& ram, uint64_t kernel_begin, uint64_t kernel_end,
                        const std::string& name, uint64_t size);

// A piece of RAM that is taken: [begin, end).
struct UsedRange {
    uint64_t begin = 0;
    uint64_t end = 0;
};

// The address of a device tree of `size` bytes: the highest multiple of 2 MiB where it touches
// nothing that is used, or of 4 KiB in RAM too small for that. Throws InputError, naming it, when
// there is none.
uint64_t fdt_address(const RamRange& ram, std::span<const UsedRange> used, const std::string& name,
                     uint64_t size);

}  // namespace kiln
