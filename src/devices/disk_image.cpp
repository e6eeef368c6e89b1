#include "devices/disk_image.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/error.h"

namespace kiln {

namespace {
std::string open_reason(int error, bool read_only) {
    if (error == EISDIR) return "is a directory, not a disk image";
    const std::string reason = std::strerror(error);
    const bool unwritable = error == EACCES || error == EROFS || error == EPERM || error == ETXTBSY;
    return unwritable && !read_only ? "cannot be written (" + reason + "); add ,ro to only read it"
                                    : reason;
}

// Calls `transfer(bytes, offset)` (pread, pwrite) until all bytes are through.
template <typename Byte, typename Transfer>
bool transfer_all(std::span<Byte> bytes, uint64_t offset, Transfer transfer) {
    while (!bytes.empty()) {
        const ssize_t count = transfer(bytes, static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;  // 0: the file became shorter.
        bytes = bytes.subspan(static_cast<size_t>(count));
        offset += static_cast<uint64_t>(count);
    }
    return true;
}

bool read_all(int fd, uint64_t offset, std::span<std::byte> bytes) {
    return transfer_all(bytes, offset, [fd](std::span<std::byte> rest, off_t at) {
        return pread(fd, rest.data(), rest.size(), at);
    });
}

bool writes_file(const DriveSpec& spec) { return !spec.read_only && !spec.drop_writes; }
}  // namespace

DriveSpec parse_drive(std::string_view text) {
    constexpr std::string_view kReadOnly = ",ro";
    DriveSpec spec;
    spec.read_only = text.ends_with(kReadOnly);
    if (spec.read_only) text.remove_suffix(kReadOnly.size());
    if (text.empty()) throw UsageError("--drive: no file given");
    spec.file = text;
    return spec;
}

// O_NONBLOCK: opening a FIFO must not wait for its other end. It means nothing to a file.
DiskImage::DiskImage(const DriveSpec& spec)
    : fd_(open(spec.file.c_str(),
               (writes_file(spec) ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)),
      read_only_(spec.read_only) {
    if (fd_ < 0) throw InputError(spec.file, open_reason(errno, !writes_file(spec)));
    try {
        check_and_lock(spec.file, writes_file(spec));
        if (spec.drop_writes && !read_only_) overlay_.emplace();
    } catch (...) {
        close(fd_);
        throw;
    }
}

void DiskImage::check_and_lock(const std::string& file, bool exclusive) {
    struct stat status {};
    if (fstat(fd_, &status) != 0) throw InputError(file, std::strerror(errno));
    if (S_ISDIR(status.st_mode)) throw InputError(file, open_reason(EISDIR, !exclusive));
    if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
        throw InputError(file, "is neither a regular file nor a block device");

    struct flock lock {};
    lock.l_type = static_cast<short>(exclusive ? F_WRLCK : F_RDLCK);
    lock.l_whence = SEEK_SET;
    if (fcntl(fd_, F_OFD_SETLK, &lock) != 0) {
        const bool taken = errno == EAGAIN || errno == EACCES;
        throw InputError(file, taken ? std::string("is locked by another process")
                                     : std::string("cannot be locked: ") + std::strerror(errno));
    }

    const off_t size = lseek(fd_, 0, SEEK_END);
    if (size < 0) throw InputError(file, std::strerror(errno));
    size_ = static_cast<uint64_t>(size);
    if (size_ == 0) throw InputError(file, "is empty");
    if (size_ % kSectorSize != 0)
        throw InputError(file,
                         "its size, " + std::to_string(size_) + " bytes, is not a multiple of 512");
}

DiskImage::~DiskImage() { close(fd_); }

bool DiskImage::read(uint64_t offset, std::span<std::byte> bytes) noexcept {
    if (!overlay_) return read_all(fd_, offset, bytes);
    while (!bytes.empty()) {
        const uint64_t sector = offset / kSectorSize;
        const uint64_t length =
            overlay_->run_length(sector, bytes.size() / kSectorSize) * kSectorSize;
        const int from = overlay_->written(sector) ? overlay_->fd() : fd_;
        if (!read_all(from, offset, bytes.first(length))) return false;
        bytes = bytes.subspan(length);
        offset += length;
    }
    return true;
}

bool DiskImage::write(uint64_t offset, std::span<const std::byte> bytes) noexcept {
    const int to = overlay_ ? overlay_->fd() : fd_;
    const bool done = transfer_all(bytes, offset, [to](std::span<const std::byte> rest, off_t at) {
        return pwrite(to, rest.data(), rest.size(), at);
    });
    if (done && overlay_) overlay_->mark(offset / kSectorSize, bytes.size() / kSectorSize);
    return done;
}

bool DiskImage::flush() noexcept { return overlay_ || fdatasync(fd_) == 0; }

}  // namespace kiln
