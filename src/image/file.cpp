#include "image/file.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "support/error.h"

namespace kiln {
namespace {

// One call of read(2) or write(2) moves at most 2 GiB; smaller steps cost nothing.
constexpr size_t kMaxTransfer = size_t{1} << 30;

[[noreturn]] void fail(const std::string& name, const char* action, int error) {
    throw InputError(name, fmt::format("cannot {}: {}", action, std::strerror(error)));
}

class FileDescriptor {
  public:
    explicit FileDescriptor(int fd) : fd_(fd) {}
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }
    // The error of the last delayed write, or 0.
    int close() { return ::close(std::exchange(fd_, -1)) == 0 ? 0 : errno; }

  private:
    int fd_;
};

// 0 or an errno.
int write_all(int fd, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(fd, bytes.data(), std::min(bytes.size(), kMaxTransfer));
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return errno;
        bytes = bytes.subspan(static_cast<size_t>(done));
    }
    return 0;
}

// The file may shrink between fstat and read.
std::vector<std::byte> read_exactly(const std::string& name, int fd, uint64_t size) {
    std::vector<std::byte> bytes(size);
    for (size_t at = 0; at < size;) {
        const ssize_t got = ::read(fd, bytes.data() + at, std::min(size - at, kMaxTransfer));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(name, "read", errno);
        if (got == 0) throw InputError(name, "became shorter while it was read");
        at += static_cast<size_t>(got);
    }
    return bytes;
}

// What write_file_atomically will do with a name.
struct Target {
    std::string path;            // symbolic links resolved
    std::optional<mode_t> mode;  // permission bits of the file that is replaced
    bool replace = true;         // false: no regular file, to be written straight
};

std::string resolve(const std::string& name) {
    const std::unique_ptr<char, decltype(&std::free)> path(::realpath(name.c_str(), nullptr),
                                                           &std::free);
    if (!path) fail(name, "resolve the name", errno);
    return path.get();
}

Target find_target(const std::string& name) {
    struct stat info {};
    if (name.empty()) throw InputError("''", "is not a file name");
    if (::stat(name.c_str(), &info) != 0) {
        if (errno != ENOENT) fail(name, "write", errno);
        return {name, std::nullopt, true};
    }
    if (S_ISDIR(info.st_mode)) throw InputError(name, "cannot write: is a directory");
    if (::access(name.c_str(), W_OK) != 0) fail(name, "write", errno);
    if (!S_ISREG(info.st_mode)) return {name, std::nullopt, false};
    return {resolve(name), info.st_mode & 0777, true};
}

// A new file beside its target; removed again unless it is committed.
class TemporaryFile {
  public:
    TemporaryFile(const std::string& name, const std::string& target)
        : name_(name), target_(target), fd_(create()) {
        if (!fd_.valid()) fail(name_, "create", errno);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (!committed_) ::unlink(path_.c_str());
    }

    void set_mode(mode_t mode) {
        if (::fchmod(fd_.get(), mode) != 0) fail(name_, "write", errno);
    }
    void write(std::span<const std::byte> bytes) {
        if (const int error = write_all(fd_.get(), bytes)) fail(name_, "write", error);
    }
    void commit() {
        if (::fsync(fd_.get()) != 0) fail(name_, "write", errno);
        if (const int error = fd_.close()) fail(name_, "write", error);
        if (::rename(path_.c_str(), target_.c_str()) != 0) fail(name_, "replace", errno);
        committed_ = true;
    }

  private:
    // O_EXCL rather than mkstemp, so that the umask gives the permission bits of a new file.
    int create() {
        constexpr int kTries = 100;
        for (int i = 0; i < kTries; ++i) {
            path_ = fmt::format("{}.tmp-{}-{}", target_, ::getpid(), i);
            const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            if (fd >= 0 || errno != EEXIST) return fd;
        }
        return -1;
    }

    std::string name_;
    std::string target_;
    std::string path_;
    bool committed_ = false;
    FileDescriptor fd_;
};

void write_straight(const std::string& name, std::span<const std::byte> bytes) {
    FileDescriptor fd(::open(name.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd.valid()) fail(name, "open", errno);
    if (const int error = write_all(fd.get(), bytes)) fail(name, "write", error);
    if (const int error = fd.close()) fail(name, "write", error);
}

}  // namespace

std::vector<std::byte> read_file(const std::string& name, uint64_t limit) {
    // O_NONBLOCK: opening a named pipe that nobody writes to would hang.
    const FileDescriptor fd(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd.valid()) fail(name, "open", errno);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) fail(name, "read", errno);
    if (S_ISDIR(info.st_mode)) throw InputError(name, "is a directory");
    if (!S_ISREG(info.st_mode)) throw InputError(name, "is not a regular file");
    const auto size = static_cast<uint64_t>(info.st_size);
    if (size == 0) throw InputError(name, "is empty");
    if (size > limit) {
        throw InputError(name, fmt::format("is too large ({} bytes, at most {})", size, limit));
    }
    return read_exactly(name, fd.get(), size);
}

void write_file_atomically(const std::string& name, std::span<const std::byte> bytes) {
    const Target target = find_target(name);
    if (!target.replace) return write_straight(name, bytes);
    TemporaryFile file(name, target.path);
    if (target.mode) file.set_mode(*target.mode);
    file.write(bytes);
    file.commit();
}

void write_file_atomically(const std::string& name, std::string_view text) {
    write_file_atomically(name, std::as_bytes(std::span(text)));
}

void require_writable(const std::string& name) {
    const Target target = find_target(name);
    if (target.replace) TemporaryFile(name, target.path);
}

}  // namespace kiln
