#include "jit/kept/folder.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "support/error.h"

namespace kiln::kept {
namespace {

// Opening a named pipe or a device never waits.
constexpr int kOpen = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;
constexpr u64 kDiskBlock = 4096;

// Why what the user did not put there alone is not trusted; empty: it is.
std::string distrust(const struct stat& info) {
    if (info.st_uid != ::geteuid()) return "belongs to somebody else";
    if ((info.st_mode & kOthersWrite) != 0) return "can be written by others";
    return "";
}

// Makes the folders that are missing, for the user alone. What cannot be made is found out when it
// is opened.
void make_folders(const std::filesystem::path& path) {
    std::filesystem::path made;
    for (const auto& part : path) {
        made /= part;
        ::mkdir(made.c_str(), S_IRWXU);
    }
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

// 0 or an errno.
int write_all(int file, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(file, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return errno;
        bytes = bytes.subspan(static_cast<size_t>(done));
    }
    return 0;
}

int write_all(int file, std::span<const std::span<const std::byte>> pieces) {
    u64 bytes = 0;
    for (const auto& piece : pieces) bytes += piece.size();
    // The kernel would send a signal, which ends the process.
    rlimit limit{};
    if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && bytes > limit.rlim_cur) return EFBIG;
    for (const auto& piece : pieces)
        if (const int error = write_all(file, piece)) return error;
    return ::fsync(file) == 0 ? 0 : errno;
}

bool lock(const Descriptor& file) {
    while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
        if (errno != EINTR) return false;
    return true;
}

// No other file has it: it names the process and the moment.
std::string temporary_name() {
    static std::atomic<unsigned> number = 0;
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return fmt::format("{}-{}-{}.{:09}{}", ::getpid(), number++, now.tv_sec, now.tv_nsec,
                       Folder::kTemporary);
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

Folder::Folder(const std::string& path, Missing missing) : path_(path), folder_(-1) {
    if (missing == Missing::make) make_folders(path);
    folder_ = Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | kOpen));
    if (!folder_.valid()) fail("", "open", errno);
    struct stat info {};
    if (::fstat(folder_.get(), &info) != 0) fail("", "open", errno);
    if (const std::string reason = distrust(info); !reason.empty()) throw InputError(path_, reason);
}

void Folder::fail(std::string_view name, const char* action, int error) const {
    throw InputError(name.empty() ? path_ : fmt::format("{}/{}", path_, name),
                     fmt::format("cannot {}: {}", action, std::strerror(error)));
}

std::optional<Folder::Content> Folder::read(const std::string& name, u64 most) const {
    const Descriptor file(::openat(folder_.get(), name.c_str(), O_RDONLY | kOpen));
    if (!file.valid()) {
        if (errno == ENOENT) return std::nullopt;
        // A symbolic link, or a file that the user may not read.
        if (errno == ELOOP || errno == EACCES || errno == ENXIO)
            return Content{{}, std::strerror(errno)};
        fail(name, "open", errno);
    }
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) fail(name, "read", errno);
    if (!S_ISREG(info.st_mode)) return Content{{}, "is not a regular file"};
    Content content{{}, distrust(info)};
    if (content.distrust.empty() && static_cast<u64>(info.st_size) > most)
        content.distrust = "is too large";
    if (!content.distrust.empty()) return content;
    content.bytes.resize(static_cast<size_t>(info.st_size));
    for (size_t at = 0; at < content.bytes.size();) {
        const ssize_t got = ::read(file.get(), &content.bytes[at], content.bytes.size() - at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(name, "read", errno);
        if (got == 0) return Content{{}, "became shorter while it was read"};
        at += static_cast<size_t>(got);
    }
    // In a folder on a disk that cannot be written nothing is ever dropped, either.
    ::futimens(file.get(), nullptr);
    return content;
}

// A file of its own for a write, and its name. It stays locked, which tells remove_leftovers that
// it is none; that may have come between, so it looks whether it is still there.
std::pair<Descriptor, std::string> Folder::make_temporary() const {
    constexpr int kTries = 8;
    for (int i = 0; i < kTries; ++i) {
        std::string name = temporary_name();
        Descriptor file(::openat(folder_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | kOpen,
                                 S_IRUSR | S_IWUSR));
        if (!file.valid()) fail(name, "write", errno);
        struct stat info {};
        if (lock(file) && ::fstat(file.get(), &info) == 0 && info.st_nlink != 0)
            return {std::move(file), std::move(name)};
        remove(name);
    }
    throw InputError(path_, "cannot lock a file in it");
}

void Folder::write(const std::string& name,
                   std::span<const std::span<const std::byte>> pieces) const {
    const auto [file, temporary] = make_temporary();
    int error = write_all(file.get(), pieces);
    if (error == 0 &&
        ::renameat(folder_.get(), temporary.c_str(), folder_.get(), name.c_str()) != 0)
        error = errno;
    if (error == 0) return;
    remove(temporary);
    fail(name, "write", error);
}

bool Folder::remove(const std::string& name) const noexcept {
    return ::unlinkat(folder_.get(), name.c_str(), 0) == 0;
}

u64 Folder::bytes_on_disk(u64 size) {
    return std::max<u64>((size + kDiskBlock - 1) / kDiskBlock, 1) * kDiskBlock;
}

std::vector<Folder::File> Folder::files() const {
    const int copy = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, CloseFolder> entries(copy < 0 ? nullptr : ::fdopendir(copy));
    if (!entries) fail("", "read", errno);
    std::vector<File> files;
    while (const dirent* entry = ::readdir(entries.get())) {
        struct stat info {};
        if (::fstatat(folder_.get(), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (!S_ISREG(info.st_mode)) continue;
        files.push_back(
            {entry->d_name, bytes_on_disk(static_cast<u64>(info.st_size)), info.st_mtim});
    }
    return files;
}

size_t Folder::remove_leftovers(std::span<const File> files) const {
    size_t removed = 0;
    for (const File& file : files) {
        if (!file.name.ends_with(kTemporary)) continue;
        // Who writes it holds its lock until it has its name.
        const Descriptor open(::openat(folder_.get(), file.name.c_str(), O_RDONLY | kOpen));
        if (open.valid() && lock(open)) removed += remove(file.name);
    }
    return removed;
}

Descriptor Folder::try_lock(std::chrono::milliseconds wait) const {
    constexpr std::chrono::milliseconds kStep(5);
    Descriptor file(::openat(folder_.get(), kLock, O_RDWR | O_CREAT | kOpen, S_IRUSR | S_IWUSR));
    if (!file.valid()) fail(kLock, "open", errno);
    while (!lock(file)) {
        if (wait <= kStep) return Descriptor(-1);
        std::this_thread::sleep_for(kStep);
        wait -= kStep;
    }
    return file;
}

}  // namespace kiln::kept
