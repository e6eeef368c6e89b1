#include "cpu/ram_pages.h"

#include <cerrno>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cpu/tlb.h"
#include "support/error.h"

namespace kiln {
namespace {

// A file that is longer than `ulimit -f` has it would be answered with a signal.
bool may_be_as_long_as(u64 size) {
    rlimit limit{};
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
           limit.rlim_cur >= size;
}

// Negative: the host has no room.
int make_file(u64 size) {
    const int file = memfd_create("kiln-ram", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, static_cast<off_t>(size)) == 0) return file;
    close(file);
    return -1;
}

}  // namespace

RamPages::RamPages(u64 size, const std::string& what) : size_(size) {
    if (!may_be_as_long_as(size))
        throw UsageError("--ram: files may not be as long as " + what + " (ulimit -f)");
    file_ = make_file(size);
    if (file_ >= 0)
        start_ = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file_, 0);
    if (file_ >= 0 && start_ != MAP_FAILED) return;
    if (file_ >= 0) close(file_);
    throw UsageError("--ram: this host cannot map " + what);
}

RamPages::~RamPages() {
    munmap(start_, size_);
    close(file_);
}

// What is mapped is touched at once: it is about to be.
bool RamPages::map_again(u64 page, void* place, bool writable) const noexcept {
    const auto offset = static_cast<off_t>(page - reinterpret_cast<u64>(start_));
    return mmap(place, kPageSize, writable ? PROT_READ | PROT_WRITE : PROT_READ,
                MAP_SHARED | MAP_FIXED | MAP_POPULATE, file_, offset) != MAP_FAILED;
}

std::optional<RamPages::Piece> RamPages::touched(u64 offset) const {
    const off_t first = lseek(file_, static_cast<off_t>(offset), SEEK_DATA);
    if (first < 0 && errno == ENXIO) return {};
    const off_t end = first < 0 ? first : lseek(file_, first, SEEK_HOLE);
    if (end < 0) return Piece{offset, size_};
    return Piece{static_cast<u64>(first), static_cast<u64>(end)};
}

}  // namespace kiln
