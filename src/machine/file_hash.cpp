#include "machine/file_hash.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <new>
#include <span>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>
#include <xxhash.h>

#include "support/error.h"

namespace kiln {
namespace {

constexpr size_t kPiece = size_t{1} << 20;

class OpenFile {
  public:
    explicit OpenFile(const std::string& name)
        : name_(name), fd_(open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
        if (fd_ < 0) fail("open");
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() { close(fd_); }

    // Others may have no end.
    void require_file_or_disk() const {
        struct stat info {};
        if (fstat(fd_, &info) != 0) fail("read");
        if (!S_ISREG(info.st_mode) && !S_ISBLK(info.st_mode))
            throw InputError(name_, "is neither a regular file nor a block device");
    }
    // How many bytes of `piece` were filled; 0: the end.
    size_t read(std::span<std::byte> piece) {
        for (;;) {
            const ssize_t got = ::read(fd_, piece.data(), piece.size());
            if (got >= 0) return static_cast<size_t>(got);
            if (errno != EINTR) fail("read");
        }
    }

  private:
    [[noreturn]] void fail(const char* action) const {
        throw InputError(name_, std::string("cannot ") + action + ": " + std::strerror(errno));
    }

    std::string name_;
    int fd_;
};

}  // namespace

u64 hash_file(const std::string& name) {
    OpenFile file(name);
    file.require_file_or_disk();
    std::vector<std::byte> piece(kPiece);
    const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                         &XXH3_freeState);
    if (!state) throw std::bad_alloc();
    XXH3_64bits_reset(state.get());
    while (const size_t got = file.read(piece)) XXH3_64bits_update(state.get(), piece.data(), got);
    return XXH3_64bits_digest(state.get());
}

}  // namespace kiln
