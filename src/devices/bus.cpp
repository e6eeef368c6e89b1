#include "devices/bus.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace kiln {

void Bus::map(std::string name, uint64_t base, uint64_t size, Device& device) {
    if (size == 0 || base + size < base) throw std::logic_error("bus: empty range for " + name);
    auto next = std::find_if(ranges_.begin(), ranges_.end(),
                             [&](const Range& range) { return range.base + range.size > base; });
    if (next != ranges_.end() && next->base < base + size)
        throw std::logic_error("bus: " + name + " overlaps " + next->name);
    ranges_.insert(next, Range{base, size, &device, std::move(name)});
}

const Bus::Range* Bus::find(uint64_t address, uint64_t size) const noexcept {
    for (const Range& range : ranges_) {
        if (address < range.base) return nullptr;
        const uint64_t offset = address - range.base;
        if (offset < range.size) return range.size - offset >= size ? &range : nullptr;
    }
    return nullptr;
}

std::optional<uint64_t> Bus::read(uint64_t address, unsigned size) noexcept {
    const Range* range = find(address, size);
    if (range == nullptr) return std::nullopt;
    return range->device->read(address - range->base, size);
}

bool Bus::write(uint64_t address, unsigned size, uint64_t value) noexcept {
    const Range* range = find(address, size);
    return range != nullptr && range->device->write(address - range->base, size, value);
}

}  // namespace kiln
