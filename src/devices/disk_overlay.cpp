#include "devices/disk_overlay.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "support/error.h"

namespace kiln {

DiskOverlay::DiskOverlay() {
    const char* folder = std::getenv("TMPDIR");
    std::string name = std::string(folder != nullptr ? folder : "/tmp") + "/kiln-disk-XXXXXX";
    fd_ = mkostemp(name.data(), O_CLOEXEC);
    if (fd_ < 0) throw InputError(name, std::string("cannot create: ") + std::strerror(errno));
    unlink(name.c_str());
}

DiskOverlay::~DiskOverlay() { close(fd_); }

uint64_t DiskOverlay::run_length(uint64_t sector, uint64_t most) const {
    uint64_t length = 1;
    while (length < most && written(sector + length) == written(sector)) ++length;
    return length;
}

void DiskOverlay::mark(uint64_t sector, uint64_t count) {
    if (written_.size() < sector + count) written_.resize(sector + count);
    const auto first = written_.begin() + static_cast<std::ptrdiff_t>(sector);
    std::fill(first, first + static_cast<std::ptrdiff_t>(count), true);
}

}  // namespace kiln
