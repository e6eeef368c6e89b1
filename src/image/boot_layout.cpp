#include "image/boot_layout.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "support/error.h"

namespace kiln {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kPage = 4096;
constexpr uint64_t kMaxInitrdDistance = 128 * kMiB;
// A 32-bit kernel, and early code of a 64-bit one, reaches no device tree above this.
constexpr uint64_t kFdtLimit = 3072 * kMiB;

uint64_t align_down(uint64_t value, uint64_t alignment) { return value & ~(alignment - 1); }
uint64_t align_up(uint64_t value, uint64_t alignment) {
    return align_down(value + alignment - 1, alignment);
}

// The end of the memory that may hold a device tree.
uint64_t fdt_end(const RamRange& ram) {
    return ram.base < kFdtLimit ? std::min(ram.end(), kFdtLimit) : ram.end();
}

// Walks down from the end of RAM, below each used range that is in the way.
std::optional<uint64_t> highest_gap(const RamRange& ram, std::span<const UsedRange> used,
                                    uint64_t size, uint64_t alignment) {
    uint64_t end = fdt_end(ram);
    while (end > ram.base && size <= end - ram.base) {
        const uint64_t address = align_down(end - size, alignment);
        const auto in_the_way = [&](const UsedRange& range) {
            return range.begin < address + size && address < range.end;
        };
        const auto obstacle = std::ranges::find_if(used, in_the_way);
        if (address < ram.base) return std::nullopt;
        if (obstacle == used.end()) return address;
        end = obstacle->begin;
    }
    return std::nullopt;
}

std::string describe(const RamRange& ram) {
    return fmt::format("RAM ({:#x}-{:#x})", ram.base, ram.end() - 1);
}

}  // namespace

uint64_t kernel_address(const RamRange& ram, uint64_t firmware_end, const Image& kernel,
                        unsigned xlen) {
    const uint64_t alignment = (xlen == 64 ? 2 : 4) * kMiB;
    const uint64_t size = kernel.end() - kernel.begin();
    const uint64_t wanted = std::min(kernel.text_offset, ram.size);
    const uint64_t address = align_up(std::max(firmware_end, ram.base + wanted), alignment);
    if (address > ram.end() || size > ram.end() - address) {
        throw InputError(kernel.name,
                         fmt::format("the kernel ({:#x} bytes at {:#x}) does not fit into {}", size,
                                     address, describe(ram)));
    }
    return address;
}

uint64_t initrd_address(const RamRange& ram, uint64_t kernel_begin, uint64_t kernel_end,
                        const std::string& name, uint64_t size) {
    const uint64_t lowest = align_up(kernel_end, kPage);
    const uint64_t top = align_down(fdt_end(ram) - 1, kFdtAlignment);
    if (lowest > top || size > top - lowest) {
        throw InputError(
            name, fmt::format("the initrd ({:#x} bytes) is too large: {:#x} bytes are left in {}",
                              size, lowest > top ? 0 : top - lowest, describe(ram)));
    }
    const uint64_t wanted = kernel_begin + std::min(ram.size / 2, kMaxInitrdDistance);
    return std::clamp(wanted, lowest, align_down(top - size, kPage));
}

uint64_t fdt_address(const RamRange& ram, std::span<const UsedRange> used, const std::string& name,
                     uint64_t size) {
    for (const uint64_t alignment : {kFdtAlignment, kPage}) {
        if (const auto address = highest_gap(ram, used, size, alignment)) return *address;
    }
    throw InputError(name, fmt::format("the device tree ({:#x} bytes) does not fit into {}", size,
                                       describe(ram)));
}

}  // namespace kiln
