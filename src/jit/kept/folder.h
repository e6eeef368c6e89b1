// A folder of small files that several processes use at once, any of which may be killed at any
// moment. Only its user can have put there what is read from it: the folder and each file have to
// belong to the user and to be writable by nobody else, and no symbolic link is followed.
//
// Names are relative to the folder, and never contain a slash. All functions throw InputError,
// which names the folder or file, where the host refuses what they need.
#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/int.h"

namespace kiln::kept {

// A file descriptor that closes itself; it may be none.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();
    int get() const { return number_; }
    bool valid() const { return number_ >= 0; }

  private:
    int number_;
};

class Folder {
  public:
    enum class Missing { make, refuse };

    // Opens `path`. `make`: what is missing of it is made, for the user alone.
    Folder(const std::string& path, Missing missing);

    const std::string& path() const { return path_; }

    // A file that is not to be trusted is read as one that is damaged: it says why.
    struct Content {
        std::vector<std::byte> bytes;
        std::string distrust;  // empty: there is none
    };
    // nullopt: there is no such file. Reading says that the file is in use (File::used). No more
    // than `most` bytes are read; a larger file is not trusted.
    std::optional<Content> read(const std::string& name, u64 most) const;
    // Replaces the file by the pieces, one after the other; who reads it meanwhile sees the old
    // content or the new. Until then they have a name that ends in kTemporary.
    void write(const std::string& name, std::span<const std::span<const std::byte>> pieces) const;
    // Returns whether it was there. What is no file stays.
    bool remove(const std::string& name) const noexcept;

    // What a file of this size takes of a disk.
    static u64 bytes_on_disk(u64 size);
    struct File {
        std::string name;
        u64 bytes;      // on the disk
        timespec used;  // when it was written or read last
    };
    // All regular files.
    std::vector<File> files() const;

    static constexpr std::string_view kTemporary = ".part";
    // Removes what killed processes left of their writes, among `files`; returns how many.
    size_t remove_leftovers(std::span<const File> files) const;

    // What only one process at a time does. Holds the folder's lock if nobody else does, or lets go
    // of it within `wait`; else it is invalid.
    Descriptor try_lock(std::chrono::milliseconds wait) const;
    // The file that is locked.
    static constexpr const char* kLock = "lock";

  private:
    std::pair<Descriptor, std::string> make_temporary() const;
    [[noreturn]] void fail(std::string_view name, const char* action, int error) const;

    std::string path_;
    Descriptor folder_;
};

}  // namespace kiln::kept
