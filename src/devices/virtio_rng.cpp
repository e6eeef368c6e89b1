#include "devices/virtio_rng.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/random.h>
#include <utility>

namespace kiln {

bool host_entropy(std::span<std::byte> bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t count = getrandom(bytes.data(), bytes.size(), 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes = bytes.subspan(static_cast<size_t>(count));
    }
    return true;
}

VirtioRng::VirtioRng(EntropySource source) : source_(std::move(source)) {}

bool VirtioRng::serve(unsigned, DescriptorChain& chain, uint64_t) noexcept {
    std::array<std::byte, 4096> buffer;
    const auto bytes = std::span(buffer).first(std::min<size_t>(buffer.size(), chain.writable()));
    // Section 5.4.6.1: the driver gives writable buffers only.
    if (bytes.empty() || chain.readable() != 0) return false;
    // Without entropy the chain goes back with no byte written, which drivers take for "try later".
    return !source_(bytes) || chain.write(bytes);
}

}  // namespace kiln
