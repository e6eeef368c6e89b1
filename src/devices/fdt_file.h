// Device trees that the user supplies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kiln {

// A range of guest-physical memory, [start, end).
struct MemoryRange {
    uint64_t start = 0;
    uint64_t end = 0;
};

// What the machine tells the guest's kernel in /chosen; empty members leave the tree as it is.
struct ChosenInfo {
    std::optional<std::string> bootargs;
    std::optional<MemoryRange> initrd;
};

// Checks a flattened device tree of whatever origin, structure and strings included. Throws
// InputError(name, reason).
void check_fdt(std::span<const std::byte> fdt, const std::string& name);

// A checked copy of `fdt`, with /chosen added or changed as `chosen` says. Throws InputError(name,
// reason) for a malformed tree.
std::vector<std::byte> with_chosen(std::span<const std::byte> fdt, const std::string& name,
                                   const ChosenInfo& chosen);

}  // namespace kiln
